import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from ..mixins.arguments import read_text
from . import order_seal


class OrderArchive(models.Model):
    """The dossier of one order: its documents, sealed and chained to the dossier before (articles X1, X2).

    Dossiers are made, sealed and verified by actions only. What is sealed refuses every change, to superuser
    code, too; the only way to it leads past the ORM, and the verification finds that.
    """
    _name = 'order.archive'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'order.guarded.mixin', 'order.batch.mixin', 'order.part.mixin']
    _description = "Dossier"
    _order = 'sealed_at desc, id desc'
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True

    name = fields.Char("Dossier Number", readonly=True, copy=False,
        help="Assigned when the dossier is sealed, per company and year.")
    order_id = fields.Many2one('sale.order', required=True, readonly=True, index=True, ondelete='restrict')
    version = fields.Integer(default=1, required=True, readonly=True)
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    partner_id = fields.Many2one(related='order_id.partner_id', string="Customer")
    salesperson_id = fields.Many2one(related='order_id.user_id', string="Salesperson")
    currency_id = fields.Many2one(related='order_id.currency_id')
    amount_total = fields.Monetary(related='order_id.amount_total')
    settled_at = fields.Datetime(related='order_id.settled_at')
    state = fields.Selection(
        [('draft', "Draft"), ('queued', "Queued"), ('sealed', "Sealed")],
        required=True, default='draft', readonly=True, index=True, copy=False, group_expand=True)
    document_ids = fields.One2many('order.archive.document', 'archive_id', string="Documents")
    document_count = fields.Integer("Number of Documents", compute='_compute_document_count')
    access_ids = fields.One2many('order.archive.access', 'archive_id', string="Access Log", readonly=True)
    access_count = fields.Integer("Accesses", compute='_compute_access_count')

    # what is missing
    checklist = fields.Html(compute='_compute_checklist', sanitize=False)
    missing_summary = fields.Char("Missing", compute='_compute_checklist')

    # the way to the seal
    queued_at = fields.Datetime(readonly=True, copy=False)
    queued_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    error = fields.Text("Sealing Error", readonly=True, copy=False)

    # the seal
    sealed_at = fields.Datetime(readonly=True, copy=False)
    sealed_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    retention_until = fields.Date("Keep Until", readonly=True, copy=False, help="Empty: kept indefinitely.")
    previous_id = fields.Many2one(
        'order.archive', string="Previous Dossier", readonly=True, copy=False, index='btree_not_null',
        ondelete='set null', help="The dossier of the company that was sealed before this one.")
    next_ids = fields.One2many('order.archive', 'previous_id', string="Following Dossiers", readonly=True)
    previous_digest = fields.Char(readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, help="SHA-256 of the seal.")
    scheme = fields.Integer("Format Version", readonly=True, copy=False, help="The version of the seal format.")
    seal = fields.Text(readonly=True, copy=False, groups='sale_order_lifecycle.group_archivist')

    # the verification
    verified_at = fields.Datetime(readonly=True, copy=False)
    problems = fields.Json("Problems Found", readonly=True, copy=False)
    has_problem = fields.Boolean("Integrity Problem", readonly=True, copy=False, index='btree_not_null')
    problem_summary = fields.Text("Problems", compute='_compute_problem_summary')

    # -- constraints and indexes ----------------------------------------------------------------

    _version_unique = models.Constraint(
        'UNIQUE (order_id, version)', "The order already has a dossier: reload the page.")
    _sealed_unique = models.UniqueIndex(
        "(order_id) WHERE state = 'sealed'", "The order already has a sealed dossier.")
    _number_unique = models.UniqueIndex(
        "(company_id, name) WHERE name IS NOT NULL", "Another dossier of the company already has this number.")
    _queued_idx = models.Index("(queued_at, id) WHERE state = 'queued'")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('name', 'order_id')
    def _compute_display_name(self):
        for archive in self:
            archive.display_name = archive.name or self.env._(
                "%(order)s (not sealed)", order=archive.order_id.sudo().name)

    @api.depends('document_ids.included')
    def _compute_document_count(self):
        counts = dict(self.env['order.archive.document'].sudo()._read_group(
            [('archive_id', 'in', self.ids), ('included', '=', True)], ['archive_id'], ['__count']))
        for archive in self:
            archive.document_count = counts.get(archive._origin.sudo(), 0)

    @api.depends('access_ids')
    def _compute_access_count(self):
        counts = dict(self.env['order.archive.access'].sudo()._read_group(
            [('archive_id', 'in', self.ids)], ['archive_id'], ['__count']))
        for archive in self:
            archive.access_count = counts.get(archive._origin.sudo(), 0)

    @api.depends('state', 'document_ids.kind', 'document_ids.included')
    @api.depends_context('lang')
    def _compute_checklist(self):
        open_archives = self._origin.sudo().filtered(lambda archive: archive.state != 'sealed')
        items, missing = open_archives._get_items(), {}
        # The form shows at once what a changed kind makes of it.
        own = {archive._origin.id: archive for archive in self if archive._origin.id in items}
        provided = {
            key: [item for item in items[key] if not item.get('document')] + [
                {'kind': document.kind, 'name': document.name}
                for document in archive.document_ids if document.included]
            for key, archive in own.items()
        }
        missing = open_archives._get_missing_kinds(provided)
        labels = self._get_kind_labels()
        for archive in self:
            if archive._origin.id not in own:
                archive.checklist = archive.missing_summary = False
                continue
            key = archive._origin.id
            archive.missing_summary = format_list(self.env, [labels[kind] for kind in missing[key]]) or False
            archive.checklist = self.env['ir.qweb']._render('sale_order_lifecycle.order_archive_checklist', {
                'rows': archive._prepare_checklist_rows(provided[key], missing[key], labels)})

    def _prepare_checklist_rows(self, items, missing, labels):
        """:return: list of dicts ``label``, ``names``, ``state`` (``ok`` or ``missing``), kinds in their order"""
        names = {}
        for item in items:
            names.setdefault(item['kind'], []).append(item['name'])
        return [
            {'label': label, 'names': names.get(kind, []), 'state': 'missing' if kind in missing else 'ok'}
            for kind, label in labels.items() if kind in names or kind in missing]

    @api.depends('problems')
    @api.depends_context('lang')
    def _compute_problem_summary(self):
        for archive in self:
            archive.problem_summary = "\n".join(
                archive._describe_problem(order_seal.Problem(*problem)) for problem in archive.problems or ()) or False

    @api.model
    def _get_kind_labels(self):
        """:return: dict kind → translated label, in the order of a dossier"""
        return dict(self.env['order.archive.document']._fields['kind']._description_selection(self.env))

    # -- guarded fields and what may change -----------------------------------------------------

    def _get_guarded_fields(self):
        own = {name for name, field in self._fields.items() if field._module == 'sale_order_lifecycle'}
        return super()._get_guarded_fields() | own - {'document_ids'}

    @api.model
    def _get_sealed_writable_fields(self):
        """Fields of a sealed dossier that stay writable: what is said and found about it.

        :return: set of field names
        """
        return self.env['sale.order']._get_message_fields() | {'verified_at', 'problems', 'has_problem'}

    def _is_closed(self):
        """Whether these rows are sealed, by their state or by their digest."""
        return any(archive.state == 'sealed' or archive.digest for archive in self)

    def _check_unsealed(self):
        """:raise UserError: with the first dossier that is sealed"""
        for archive in self.sudo():
            if archive._is_closed():
                raise UserError(self.env._(
                    "%(dossier)s is sealed and cannot be changed anymore.", dossier=archive.display_name))

    def write(self, vals):
        self.check_access('write')
        if not (vals.keys() <= self._get_sealed_writable_fields()):
            self._check_unsealed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_unsealed(self):
        self._check_unsealed()

    # -- rights ---------------------------------------------------------------------------------

    @api.model
    def _is_archivist(self):
        """Whether the person keeps the archive; asked of ``env.user`` whatever ``env.su`` is."""
        return self.env.user.has_group('sale_order_lifecycle.group_archivist')

    def _check_archivist(self):
        """:raise AccessError: unless the person keeps the archive of these dossiers' companies"""
        if not self._is_archivist():
            raise AccessError(self.env._("Only archivists can do this. Ask one of them."))
        self.check_access('read')
        for company in self.sudo().company_id - self.env.user.company_ids:
            raise AccessError(self.env._(
                "You do not have access to %(company)s: ask an archivist of that company.", company=company.name))

    def _check_sealed(self):
        """:raise UserError: with the first dossier that is not sealed"""
        if unsealed := self.sudo().filtered(lambda archive: archive.state != 'sealed')[:1]:
            raise UserError(self.env._(
                "%(dossier)s has not been sealed yet: seal it first.", dossier=unsealed.display_name))

    # -- actions --------------------------------------------------------------------------------

    def action_refresh(self):
        """Take attachments that came to the orders meanwhile into the drafts.

        :return: True
        :raise AccessError: for people who are no archivists
        """
        self._check_archivist()
        self.sudo()._sync_documents()
        return True

    def action_seal(self):
        """Print and collect the documents now, and seal the dossiers: all of them or none (articles X1, X2).

        :return: True
        :raise AccessError: for people who are no archivists
        :raise UserError: with the first dossier that cannot be sealed, or whose documents cannot be printed
        """
        self._check_refusals(self._get_seal_refusals())
        self._action_seal()
        return True

    def action_seal_possible(self):
        """Seal those of the dossiers that can be sealed, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_seal_refusals()
        possible = self._without(refusals)
        possible._action_seal()
        return self._get_summary_notification(
            self.env._("%(count)s dossiers have been sealed.", count=len(possible)), refusals)

    def action_queue_seal(self):
        """Leave the sealing to the scheduled action, which works through any number.

        :return: True
        :raise AccessError, UserError: as :meth:`action_seal`; then none is queued
        """
        self._check_refusals(self._get_seal_refusals())
        self._action_queue_seal()
        return True

    def action_queue_seal_possible(self):
        """Queue those of the dossiers that can be sealed, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_seal_refusals()
        possible = self._without(refusals)
        possible._action_queue_seal()
        return self._get_summary_notification(
            self.env._("%(count)s dossiers are queued for sealing.", count=len(possible)), refusals)

    def action_set_draft(self):
        """Take dossiers out of the queue.

        :return: True
        :raise AccessError: for people who are no archivists
        :raise UserError: if one of them is not queued
        """
        self._check_archivist()
        self._check_unsealed()
        self.sudo()._write_guarded({'state': 'draft', 'queued_at': False, 'queued_by_id': False, 'error': False})
        return True

    def action_verify(self):
        """Hold the dossiers against their seals and the chain (article X2); files are read, nothing is trusted.

        :return: list of ``{"archive_id", "ok", "problems": [{"code", "document", "message"}]}``, in the order of
            the dossiers; codes ``file_changed``, ``file_missing``, ``file_added``, ``row_changed``, ``chain_broken``
        :raise AccessError: for people who are neither archivists nor managers
        :raise UserError: if one of them has no seal
        """
        if not self.env.user.has_group('sale_order_lifecycle.group_manager'):
            self._check_archivist()
        self.check_access('read')
        if unsealed := self.sudo().filtered(lambda archive: not archive._is_closed())[:1]:
            raise UserError(self.env._(
                "%(dossier)s has not been sealed yet, so it cannot be verified.", dossier=unsealed.display_name))
        found = self.sudo()._verify()
        return [{
            'archive_id': archive.id,
            'ok': not found[archive.id],
            'problems': [{
                'code': problem.code,
                'document': problem.document or False,
                'message': archive.sudo()._describe_problem(problem),
            } for problem in found[archive.id]],
        } for archive in self]

    def action_verify_possible(self):
        """Verify those of the dossiers that are sealed, for lists.

        :return: a notification that counts them and names the problems
        """
        sealed = self.filtered(lambda archive: archive.state == 'sealed')
        results = sealed.action_verify()
        messages = [problem['message'] for result in results for problem in result['problems']]
        return self._get_summary_notification(
            self.env._("%(count)s dossiers verified: every document is unchanged since it was sealed.",
                       count=sum(result['ok'] for result in results)),
            dict(enumerate(messages)))

    def action_open_export(self):
        """:return: the action that asks why the dossiers are exported"""
        return self._open_access({})

    def action_export(self, reason=None):
        """Hand out the dossiers as one ZIP file with an index and a manifest; it goes into the access log.

        :param reason: why the dossiers are needed
        :return: the action that sends the file
        :raise AccessError: for people who are no archivists
        :raise UserError: if one of them has no seal
        """
        self._check_archivist()
        self._check_sealed()
        ticket = uuid.uuid4().hex
        self.env['order.archive.access']._create_guarded([
            archive._prepare_access_vals('export', reason, ticket) for archive in self])
        return {'type': 'ir.actions.act_url', 'url': f'/order-archive/{ticket}', 'target': 'new'}

    def action_open_accesses(self):
        """:return: the action that lists who opened these dossiers"""
        return self._open_action('order_archive_access_action', domain=[('archive_id', 'in', self.ids)])

    def _get_open_action(self):
        """:return: the action that opens these dossiers: one as a form, many as a list"""
        action = self._open_action('order_archive_action', context={})
        if len(self) == 1:
            return {**action, 'res_id': self.id, 'views': [(False, 'form')], 'view_mode': 'form'}
        return {**action, 'domain': [('id', 'in', self.ids)]}

    def _open_access(self, context):
        self._check_archivist()
        self._check_sealed()
        return self._open_action('order_archive_reason_action', context={'default_archive_ids': self.ids, **context})

    def _prepare_access_vals(self, kind, reason, ticket):
        """:return: dict of values of ``order.archive.access`` for the present person and moment"""
        self.ensure_one()
        return {
            'archive_id': self.id,
            'user_id': self.env.uid,
            'accessed_at': fields.Datetime.now(),
            'kind': kind,
            'reason': read_text(reason) or False,
            'ticket': ticket,
        }
