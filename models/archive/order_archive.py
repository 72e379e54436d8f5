import json
import logging
import re
import uuid
from datetime import timedelta

import pytz
from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_list
from odoo.tools.safe_eval import safe_eval, time

from . import order_seal

_logger = logging.getLogger(__name__)

# How many dossiers are sealed between two commits: printing takes a second for a few of them.
SEAL_CHUNK = 5
# How often a chunk is begun again when somebody else was sealing.
MAX_ATTEMPTS = 3
# How many are verified at a time: reading files.
VERIFY_CHUNK = 50
# How many bytes of files are held in memory before they are stored.
STORE_BYTES = 32 << 20


class OrderArchive(models.Model):
    """The dossier of one order: its documents, sealed and chained to the dossier before (articles X1, X2).

    Dossiers are made, sealed and verified by actions only. What is sealed refuses every change, to superuser
    code, too; the only way to it leads past the ORM, and the verification finds that.
    """
    _name = 'order.archive'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'order.guarded.mixin']
    _description = "Dossier"
    _order = 'sealed_at desc, id desc'
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False, help="Given by the seal, per company and year.")
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
    queued_by_id = fields.Many2one('res.users', string="Queued by", readonly=True, copy=False)
    error = fields.Text("Why It Is Not Sealed", readonly=True, copy=False)

    # the seal
    sealed_at = fields.Datetime(readonly=True, copy=False)
    sealed_by_id = fields.Many2one('res.users', string="Sealed by", readonly=True, copy=False)
    retention_until = fields.Date("Keep Until", readonly=True, copy=False, help="Empty: without end.")
    previous_id = fields.Many2one(
        'order.archive', string="Dossier Before", readonly=True, copy=False, index='btree_not_null',
        ondelete='set null', help="The dossier of the company that was sealed before this one.")
    next_ids = fields.One2many('order.archive', 'previous_id', string="Dossiers After", readonly=True)
    previous_digest = fields.Char("Digest Before", readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, help="SHA-256 of the seal.")
    scheme = fields.Integer(readonly=True, copy=False, help="The version of the seal's form.")
    seal = fields.Text(readonly=True, copy=False, groups='sale_order_lifecycle.group_archivist')

    # the verification
    verified_at = fields.Datetime(readonly=True, copy=False)
    problems = fields.Json("Found Problems", readonly=True, copy=False)
    has_problem = fields.Boolean("Not Intact", readonly=True, copy=False, index='btree_not_null')
    problem_summary = fields.Text("Problems", compute='_compute_problem_summary')

    # -- constraints and indexes ----------------------------------------------------------------

    _version_unique = models.Constraint(
        'UNIQUE (order_id, version)', "The order has a dossier already: reload the page to see it.")
    _sealed_unique = models.UniqueIndex(
        "(order_id) WHERE state = 'sealed'", "The order has a sealed dossier already.")
    _number_unique = models.UniqueIndex(
        "(company_id, name) WHERE name IS NOT NULL", "Another dossier of the company has this number.")
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
                    "%(dossier)s is sealed, so nothing of it can change any more.", dossier=archive.display_name))

    def write(self, vals):
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
                "You do not work in %(company)s: ask an archivist of that company.", company=company.name))

    def _check_sealed(self):
        """:raise UserError: with the first dossier that is not sealed"""
        if unsealed := self.sudo().filtered(lambda archive: archive.state != 'sealed')[:1]:
            raise UserError(self.env._(
                "%(dossier)s has no seal yet: seal it first.", dossier=unsealed.display_name))

    # -- actions --------------------------------------------------------------------------------

    def action_refresh(self):
        """Take attachments that came to the orders meanwhile into the drafts.

        :raise AccessError: for people who are no archivists
        """
        self._check_archivist()
        self.sudo()._sync_documents()

    def action_seal(self):
        """Print and collect the documents now, and seal the dossiers: all of them or none (articles X1, X2).

        :return: True
        :raise AccessError: for people who are no archivists
        :raise UserError: with the first dossier that cannot be sealed, or whose documents cannot be printed
        """
        for refusal in self._get_seal_refusals().values():
            raise refusal
        self._action_seal()
        return True

    def action_seal_possible(self):
        """Seal those of the dossiers that can be sealed, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_seal_refusals()
        possible = self.filtered(lambda archive: archive.id not in refusals)
        possible._action_seal()
        return self.env['order.review']._get_summary_notification(
            self.env._("%(count)s dossiers sealed.", count=len(possible)), refusals)

    def action_queue_seal(self):
        """Leave the sealing to the scheduled action, which works through any number.

        :return: True
        :raise AccessError, UserError: as :meth:`action_seal`; then none is queued
        """
        for refusal in self._get_seal_refusals().values():
            raise refusal
        self._action_queue_seal()
        return True

    def action_queue_seal_possible(self):
        """Queue those of the dossiers that can be sealed, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_seal_refusals()
        possible = self.filtered(lambda archive: archive.id not in refusals)
        possible._action_queue_seal()
        return self.env['order.review']._get_summary_notification(
            self.env._("%(count)s dossiers wait for their seal.", count=len(possible)), refusals)

    def action_set_draft(self):
        """Take dossiers out of the queue.

        :return: True
        :raise AccessError: for people who are no archivists
        :raise UserError: if one of them is not queued
        """
        self._check_archivist()
        self._check_unsealed()
        self.sudo().write({'state': 'draft', 'queued_at': False, 'queued_by_id': False, 'error': False})
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
                "%(dossier)s has no seal yet, so there is nothing to verify.", dossier=unsealed.display_name))
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
        return self.env['order.review']._get_summary_notification(
            self.env._("%(count)s dossiers verified: every document is as it was sealed.",
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
        self.env['order.archive.access'].sudo().create([
            archive._prepare_access_vals('export', reason, ticket) for archive in self])
        return {'type': 'ir.actions.act_url', 'url': f'/order-archive/{ticket}', 'target': 'new'}

    def action_open_order(self):
        """:return: the action that opens the order of one dossier"""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'sale.order',
            'res_id': self.order_id.id,
            'views': [(False, 'form')],
        }

    def action_open_accesses(self):
        """:return: the action that lists who opened these dossiers"""
        action = self.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.order_archive_access_action')
        action['domain'] = [('archive_id', 'in', self.ids)]
        return action

    def _get_open_action(self):
        """:return: the action that opens these dossiers: one as a form, many as a list"""
        action = self.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.order_archive_action')
        action['context'] = {}
        if len(self) == 1:
            return {**action, 'res_id': self.id, 'views': [(False, 'form')], 'view_mode': 'form'}
        return {**action, 'domain': [('id', 'in', self.ids)]}

    def _open_access(self, context):
        self._check_archivist()
        self._check_sealed()
        action = self.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.order_archive_reason_action')
        action['context'] = {'default_archive_ids': self.ids, **context}
        return action

    def _prepare_access_vals(self, kind, reason, ticket):
        """:return: dict of values of ``order.archive.access`` for the present person and moment"""
        self.ensure_one()
        return {
            'archive_id': self.id,
            'user_id': self.env.uid,
            'accessed_at': fields.Datetime.now(),
            'kind': kind,
            'reason': (reason or '').strip() or False,
            'ticket': ticket,
        }

    # -- what belongs to a dossier --------------------------------------------------------------

    @api.model
    def _get_attachment_domain(self, orders, archives):
        """Which attachments belong to the dossiers of these orders. Later rooms add theirs.

        :return: Domain on ``ir.attachment``
        """
        return Domain('type', '=', 'binary') & Domain.OR([
            Domain('res_model', '=', 'sale.order') & Domain('res_id', 'in', orders.ids)
            & Domain('res_field', 'in', [False, 'signature']),
            Domain('res_model', '=', 'order.settlement') & Domain('res_id', 'in', orders.settlement_ids.ids)
            & Domain('res_field', '=', False),
            Domain('res_model', '=', 'order.ticket') & Domain('res_id', 'in', orders.ticket_ids.ids)
            & Domain('res_field', '=', False),
            Domain('res_model', '=', 'order.archive') & Domain('res_id', 'in', archives.ids)
            & Domain('res_field', '=', False),
        ])

    def _sync_documents(self):
        """Give each attachment of the orders a row in the drafts, as superuser; what was left out stays so."""
        drafts = self.filtered(lambda archive: archive.state != 'sealed')
        if not drafts:
            return
        orders = drafts.order_id
        known = drafts.document_ids.attachment_id
        archive_by_record = {('order.archive', archive.id): archive for archive in drafts}
        for archive in drafts:
            archive_by_record['sale.order', archive.order_id.id] = archive
            for settlement in archive.order_id.settlement_ids:
                archive_by_record['order.settlement', settlement.id] = archive
            for ticket in archive.order_id.ticket_ids:
                archive_by_record['order.ticket', ticket.id] = archive
        attachments = self.env['ir.attachment'].search(
            self._get_attachment_domain(orders, drafts), order='id') - known
        self.env['order.archive.document'].create([
            self._prepare_attachment_document_vals(
                archive_by_record[attachment.res_model, attachment.res_id], attachment)
            for attachment in attachments])

    @api.model
    def _prepare_attachment_document_vals(self, archive, attachment):
        """:return: dict of values of the row of an attachment in a draft"""
        kind, name = 'other', attachment.name
        if attachment.res_field == 'signature':
            kind = 'contract'
            [neutral] = archive._with_neutral_context()
            extension = (attachment.mimetype or 'image/png').split('/')[-1]
            name = f'{neutral.env._("Signature of the customer")}.{extension}'
        elif attachment.res_model == 'order.settlement':
            kind = 'settlement'
        elif attachment.res_model == 'order.ticket':
            kind = 'aftersales'
        return {
            'archive_id': archive.id,
            'kind': kind,
            'name': self._clean_file_name(name),
            'attachment_id': attachment.id,
            'mimetype': attachment.mimetype,
            'size': attachment.file_size,
            'source_model': 'ir.attachment',
            'source_id': attachment.id,
        }

    def _get_items(self):
        """What the dossiers would hold if they were sealed now, without the facts, in batch and as superuser.

        Later rooms add their items to the result of ``super()``.

        :return: dict archive id → list of dicts ``kind``, ``name``, and either ``report`` (external id) with
            ``record``, ``attachment`` with ``record``, or ``document`` (a row of an attachment)
        """
        archives = self.sudo()
        orders = archives.order_id
        productions, pickings, invoices = (
            orders._get_archive_productions(), orders._get_archive_pickings(), orders._get_archive_invoices())
        names = {}
        items = {}
        for archive in archives:
            order = archive.order_id
            own = items[archive.id] = [
                self._prepare_report_item('contract', 'sale.action_report_saleorder', order, names)]
            if order.review_round:
                own.append(self._prepare_report_item(
                    'review', 'sale_order_lifecycle.action_report_review_sheet', order, names))
            own += [
                self._prepare_report_item('production', 'mrp.action_report_production_order', production, names)
                for production in productions[order.id]]
            own += [
                self._prepare_report_item('delivery', 'stock.action_report_delivery', picking, names)
                for picking in pickings[order.id]]
            own += [self._prepare_invoice_item(invoice, names) for invoice in invoices[order.id]]
            own += [
                self._prepare_report_item(
                    'aftersales', 'sale_order_lifecycle.action_report_ticket', ticket, names)
                for ticket in order.ticket_ids.sorted('id')]
            own += [
                {'kind': document.kind, 'name': document.name, 'document': document}
                for document in archive.document_ids if document.included and document.attachment_id]
        return items

    @api.model
    def _prepare_report_item(self, kind, report, record, names):
        """:param names: dict report → its expression for file names, filled as it is used"""
        if report not in names:
            report_sudo = self.env.ref(report).sudo()
            names[report] = report_sudo.print_report_name or f'{report_sudo.name!r} + " - " + object.display_name'
        name = safe_eval(names[report], {'object': record, 'time': time})
        return {'kind': kind, 'name': self._clean_file_name(name) + '.pdf', 'report': report, 'record': record}

    @api.model
    def _prepare_invoice_item(self, invoice, names):
        """The document that the customer was sent, where Odoo has kept it; else it is printed."""
        if invoice.invoice_pdf_report_id:
            return {
                'kind': 'settlement', 'name': self._clean_file_name(invoice.invoice_pdf_report_id.name),
                'attachment': invoice.invoice_pdf_report_id, 'record': invoice,
            }
        return self._prepare_report_item('settlement', 'account.account_invoices', invoice, names)

    @api.model
    def _clean_file_name(self, name):
        """:return: a name that every system takes for a file"""
        return re.sub(r'[\x00-\x1f<>:"/\\|?*]+', '_', name or '').strip(' .')[:150] or '_'

    def _get_missing_kinds(self, items):
        """Which kinds the policy requires and the dossiers lack, in batch.

        :param items: dict archive id → list of dicts with ``kind``
        :return: dict archive id → list of kinds
        """
        missing = {}
        expected = self.sudo().order_id._get_archive_expected_kinds()
        for archive in self.sudo():
            present = {item['kind'] for item in items[archive.id]}
            missing[archive.id] = [
                rule.kind for rule in archive.order_id.policy_id.archive_rule_ids
                if rule.required and rule.kind not in present
                and (rule.always or rule.kind in expected[archive.order_id.id])]
        return missing

    # -- who may seal -----------------------------------------------------------------------------

    def _get_seal_refusals(self):
        """Why these dossiers cannot be sealed by the person.

        :return: dict archive id → exception with one sentence; dossiers that can be sealed are missing
        """
        self._check_archivist()
        return {key: UserError(message) for key, message in self.sudo()._get_seal_obstacles().items()}

    def _get_seal_obstacles(self):
        """What keeps these dossiers from being sealed, whoever seals, as superuser.

        :return: dict archive id → one translated sentence
        """
        obstacles = {}
        open_archives = self.filtered(lambda archive: not archive._is_closed())
        of_orders = self.order_id._get_archive_obstacles()
        open_archives._sync_documents()
        missing = open_archives._get_missing_kinds(open_archives._get_items())
        labels = self._get_kind_labels()
        for archive in self:
            if archive not in open_archives:
                obstacles[archive.id] = self.env._("%(dossier)s is sealed already.", dossier=archive.display_name)
            elif archive.order_id in of_orders:
                obstacles[archive.id] = of_orders[archive.order_id]
            elif missing[archive.id]:
                obstacles[archive.id] = self.env._(
                    "The dossier of %(order)s lacks what the policy requires: %(kinds)s. Attach it to the dossier, "
                    "and say of which kind it is.", order=archive.order_id.name,
                    kinds=format_list(self.env, [labels[kind] for kind in missing[archive.id]]))
        return obstacles

    def _action_queue_seal(self):
        """Queue drafts; rights and facts were asked before."""
        if not self:
            return
        self.sudo().write({
            'state': 'queued', 'queued_at': fields.Datetime.now(), 'queued_by_id': self.env.uid, 'error': False})
        self.env.ref('sale_order_lifecycle.ir_cron_seal_archives').sudo()._trigger()

    # -- sealing --------------------------------------------------------------------------------

    def _action_seal(self):
        """Seal as the present person; rights and facts were asked before."""
        self.sudo()._seal(dict.fromkeys(self.ids, self.env.uid))

    def _seal(self, sealed_by):
        """Collect and seal the dossiers, as superuser: all or none.

        :param sealed_by: dict archive id → id of the person
        """
        if not self:
            return
        self._collect_documents()
        # From here on it is short: the chain is taken when everything is printed and stored.
        self._close(sealed_by)
        self._log_seal()

    def _collect_documents(self):
        """Print and copy everything into the drafts, and hash what is stored."""
        Document = self.env['order.archive.document']
        order = list(self._get_kind_labels())
        pending, held = [], 0
        rows = []
        for neutral in self._with_neutral_context():
            items = neutral._get_items()
            facts = neutral._get_facts()
            neutral.document_ids.filtered(lambda document: not document.included).unlink()
            for archive in neutral:
                own = [*items[archive.id], {
                    'kind': 'facts', 'name': 'facts.json', 'content': facts[archive.id], 'record': archive.order_id}]
                own.sort(key=lambda item: order.index(item['kind']))
                for sequence, item in enumerate(own, start=1):
                    content, name, mimetype = archive._get_content(item)
                    pending.append((archive, sequence, item, name, content, mimetype))
                    held += len(content)
                    if held > STORE_BYTES:
                        rows += self._store(pending)
                        pending, held = [], 0
        rows += self._store(pending)
        documents = Document.browse([document.id for document in rows])
        files = documents._get_file_attachments()
        for document in documents:
            digest, size = files[document.id]._hash_content()
            document.write({'sha256': digest, 'size': size})
        # The rows of attachments were there before the printed documents.
        self.invalidate_recordset(['document_ids'])

    def _store(self, pending):
        """Store contents in new rows, or in the rows of their attachments, in one batch.

        :param pending: list of tuples (archive, sequence, item, name, content, mimetype)
        :return: list of ``order.archive.document``
        """
        Document = self.env['order.archive.document']
        created = iter(Document.create([
            {
                'archive_id': archive.id, 'kind': item['kind'], 'name': name, 'sequence': sequence,
                'mimetype': mimetype,
                'source_model': item['record']._name if 'record' in item else False,
                'source_id': item['record'].id if 'record' in item else False,
            }
            for archive, sequence, item, name, _content, mimetype in pending if 'document' not in item]))
        documents = []
        for _archive, sequence, item, name, _content, mimetype in pending:
            if 'document' in item:
                item['document'].write({
                    'sequence': sequence, 'name': name, 'mimetype': mimetype, 'attachment_id': False})
                documents.append(item['document'])
            else:
                documents.append(next(created))
        # The bytes are stored as they are: no image is made smaller.
        self.env['ir.attachment'].with_user(SUPERUSER_ID).with_context(image_no_postprocess=True).create([
            {'name': name, 'raw': content, 'mimetype': mimetype, 'res_model': Document._name, 'res_field': 'file',
             'res_id': document.id, 'company_id': archive.company_id.id}
            for (archive, _sequence, _item, name, content, mimetype), document in zip(pending, documents)])
        Document.browse([document.id for document in documents]).invalidate_recordset(['file'])
        return documents

    def _with_neutral_context(self):
        """The dossiers as the superuser of their company sees them: nothing of the caller's decides what is printed.

        :return: list of ``order.archive``, those of one company each
        """
        result = []
        for company, archives in self.grouped('company_id').items():
            context = {
                'lang': company.partner_id.lang or 'en_US',
                'tz': self.env['sale.order']._get_timezone(self.env['resource.calendar'], company).zone,
                'allowed_company_ids': company.ids,
                'report_pdf_no_attachment': True,
            }
            if self.env.context.get('force_report_rendering'):
                # Tests get no PDF otherwise.
                context['force_report_rendering'] = True
            result.append(archives.with_env(self.env(user=SUPERUSER_ID, su=True, context=context)))
        return result

    def _get_content(self, item):
        """:param item: one of :meth:`_get_items`
        :return: tuple (bytes, name of the file, mimetype)
        """
        if 'content' in item:
            return item['content'], item['name'], 'application/json'
        if 'report' in item:
            return self._print(item)
        attachment = item['document'].attachment_id if 'document' in item else item['attachment']
        content = attachment.raw
        if not content and attachment.file_size:
            raise UserError(self.env._(
                "The file “%(name)s” of %(order)s is gone from the storage: leave it out, or attach it again.",
                name=attachment.name, order=self.order_id.name))
        return content or b'', item['name'], attachment.mimetype or 'application/octet-stream'

    def _print(self, item):
        Report = self.env['ir.actions.report']
        with Report._print_at_once():
            content, kind = Report._render_qweb_pdf(item['report'], res_ids=item['record'].ids)
        name = item['name']
        if kind != 'pdf':
            # Under tests Odoo prints no PDF.
            name = name.removesuffix('.pdf') + '.html'
            content = content if isinstance(content, bytes) else content.encode()
        return content, name, 'application/pdf' if kind == 'pdf' else 'text/html'

    def _close(self, sealed_by):
        """Number, digest and state, in the order of the chain: the short step that holds the lock."""
        chains = self.env['order.archive.chain']._lock(self.company_id)
        now = fields.Datetime.now()
        for archive in self.sorted('id'):
            chain = chains[archive.company_id]
            today = archive._to_company_date(now)
            vals = {
                'name': archive._format_number(today.year, chain._take_number(today.year)),
                'scheme': order_seal.SCHEME,
                'sealed_at': now,
                'sealed_by_id': sealed_by[archive.id],
                'previous_id': chain.last_id.id,
                'previous_digest': chain.last_digest or False,
                'retention_until': archive._get_retention_until(today),
                'queued_at': False, 'error': False,
                'state': 'sealed',
            }
            vals['seal'] = archive._build_seal(vals)
            vals['digest'] = order_seal.get_digest(vals['seal'])
            archive.write(vals)
            chain.write({'last_id': archive.id, 'last_digest': vals['digest']})
        # Locked, so that core does not pass on to the order what becomes of its invoices later.
        self.order_id.write({'archive_state': 'sealed', 'locked': True})
        self.order_id._lifecycle_event('archived', archives=self)
        self.flush_recordset()

    def _build_seal(self, vals):
        """:return: text of the seal for the values that are written with it"""
        self.ensure_one()
        return order_seal.build_seal(
            number=vals['name'], version=self.version, order=self._get_order_key(),
            sealed_at=fields.Datetime.to_string(vals['sealed_at']), previous=vals['previous_digest'] or '',
            documents=self.document_ids.sorted('sequence').read(['kind', 'name', 'size', 'sha256'], load=None),
            scheme=vals['scheme'])

    def _get_order_key(self):
        self.ensure_one()
        return {'id': self.order_id.id, 'name': self.order_id.name}

    @api.model
    def _format_number(self, year, number):
        """The number of a dossier; override for another form, in which each number of a year is another text."""
        return f'AR/{year}/{number:05d}'

    def _to_company_date(self, moment):
        """:return: the date of a naive UTC datetime where the company of this dossier is"""
        self.ensure_one()
        zone = self.env['sale.order']._get_timezone(self.env['resource.calendar'], self.company_id)
        return pytz.utc.localize(moment).astimezone(zone).date()

    def _get_retention_until(self, today):
        """:param today: date of the seal
        :return: the last day on which the dossier has to be kept, False without end
        """
        self.ensure_one()
        policy = self.order_id.policy_id
        rules = {rule.kind: rule.years for rule in policy.archive_rule_ids}
        years = [rules.get(kind) or policy.retention_years for kind in set(self.document_ids.mapped('kind'))]
        return today + relativedelta(years=max(years)) if years and all(years) else False

    def _log_seal(self):
        """A note on each order, in one batch."""
        self.order_id._message_log_batch(bodies={
            archive.order_id.id: self.env._("Archived as %(number)s.", number=archive.name) for archive in self
        }, author_id=self.env.user.partner_id.id)

    # -- facts ----------------------------------------------------------------------------------

    def _get_facts(self):
        """The file of names and values that goes into each dossier, with the names of what was left out.

        :return: dict archive id → bytes, JSON
        """
        facts = self.order_id._get_archive_facts()
        return {
            archive.id: json.dumps({
                **facts[archive.order_id.id],
                'left_out': [document.name for document in archive.document_ids if not document.included],
            }, ensure_ascii=False, indent=1, sort_keys=True).encode()
            for archive in self
        }

    # -- verification ---------------------------------------------------------------------------

    def _verify(self):
        """Verify sealed dossiers as superuser, with one query per model, and keep what was found.

        :return: dict archive id → list of ``Problem``
        """
        self.env.flush_all()
        self.env.invalidate_all()
        documents = self.env['order.archive.document'].search([('archive_id', 'in', self.ids)])
        files = documents._get_file_attachments()
        rows = documents.grouped('archive_id')
        before, last = self._get_predecessors()
        found = {}
        for archive in self:
            problems = order_seal.verify_dossier(archive._get_seal_values(), [
                {
                    'position': document.sequence, 'kind': document.kind, 'name': document.name,
                    'size': document.size, 'sha256': document.sha256, 'files': len(files.get(document.id, ())),
                    'found': files[document.id][:1]._hash_content() if document.id in files else None,
                }
                for document in rows.get(archive, ())])
            if not order_seal.verify_chain(archive.previous_digest or '', before.get(archive.id)):
                problems.append(order_seal.Problem('chain_broken', None, 'before'))
            if archive.id in last:
                problems.append(order_seal.Problem('chain_broken', None, 'after'))
            found[archive.id] = problems
        self._keep_verification(found)
        return found

    def _get_seal_values(self):
        """:return: dict for :func:`order_seal.verify_dossier`"""
        self.ensure_one()
        return {
            'scheme': self.scheme,
            'number': self.name,
            'version': self.version,
            'order': self._get_order_key(),
            'sealed_at': fields.Datetime.to_string(self.sealed_at),
            'previous': self.previous_digest or '',
            'digest': self.digest,
            'seal': self.seal,
            'sealed': self.state == 'sealed' and self.order_id.archive_state == 'sealed',
        }

    def _get_predecessors(self):
        """The dossiers before these, and those of these after which something is missing.

        :return: pair of a dict archive id → ``{"digest", "seal"}`` of the dossier before, and a set of ids of
            dossiers that are the last of their company and not the end of its chain
        """
        before = {
            archive.id: {'digest': archive.previous_id.digest, 'seal': archive.previous_id.seal}
            for archive in self
            if archive.previous_id.state == 'sealed' and archive.previous_id.company_id == archive.company_id}
        chains = self.env['order.archive.chain'].search([('company_id', 'in', self.company_id.ids)])
        ends = {chain.company_id: chain.last_digest for chain in chains}
        tails = self.search(
            Domain('company_id', 'in', self.company_id.ids) & Domain('digest', '!=', False)
            & Domain('next_ids', '=', False), order='sealed_at desc, id desc')
        last = set()
        for company, archives in tails.grouped('company_id').items():
            # Where the end of the chain is there, a gap before it is found by the dossier behind the gap.
            if not any(
                    ends.get(company) in (archive.digest, order_seal.get_digest(archive.seal or ''))
                    for archive in archives):
                last.add(archives[0].id)
        return before, last

    def _keep_verification(self, found):
        """Write the result on the dossiers."""
        now = fields.Datetime.now()
        for problems, archives in self.grouped(lambda archive: json.dumps(found[archive.id])).items():
            archives.write({
                'verified_at': now, 'problems': json.loads(problems) or False, 'has_problem': problems != '[]'})

    def _describe_problem(self, problem):
        """:return: one translated sentence about a problem of this dossier"""
        self.ensure_one()
        values = {'dossier': self.display_name, 'document': problem.document}
        if problem.code == 'file_changed':
            return self.env._("The file “%(document)s” of %(dossier)s is not the one that was sealed.", **values)
        if problem.code == 'file_missing':
            return self.env._("The file “%(document)s” of %(dossier)s is missing.", **values)
        if problem.code == 'file_added':
            return self.env._(
                "“%(document)s” was added to %(dossier)s after it was sealed.", **values)
        if problem.code == 'chain_broken':
            if problem.detail == 'after':
                return self.env._("A dossier that was sealed after %(dossier)s is missing.", **values)
            return self.env._(
                "%(dossier)s does not follow the dossier that was sealed before it: that one is missing or another.",
                **values)
        if problem.document:
            return self.env._(
                "What is on record about “%(document)s” of %(dossier)s is not what was sealed.", **values)
        return self.env._("What is on record about %(dossier)s itself is not what was sealed.", **values)

    # -- cron -----------------------------------------------------------------------------------

    @api.model
    def _cron_seal_queued(self):
        """Seal what is queued, in committed chunks; one that fails keeps its error and lets the others pass."""
        cron = self.env['ir.cron']
        domain = Domain('state', '=', 'queued')
        failed = []
        remaining = self.search_count(domain)
        cron._commit_progress(remaining=remaining)
        while True:
            queued = self.search(
                domain & Domain('id', 'not in', failed), limit=20 * SEAL_CHUNK, order='queued_at, id')
            # Another node may be at work on the first ones.
            chunk = queued.try_lock_for_update(limit=SEAL_CHUNK)
            if not chunk:
                break
            failed += chunk._seal_chunk()
            remaining -= len(chunk)
            if not cron._commit_progress(len(chunk), remaining=max(remaining, 0)):
                break

    def _seal_chunk(self):
        """Seal these queued dossiers and commit; on an error one by one.

        :return: list of ids of those that failed
        """
        for _attempt in range(MAX_ATTEMPTS):
            try:
                self._seal_queued()
                self.env['ir.cron']._commit_progress()
                return []
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody else has sealed meanwhile: once more, on what is true now.
                self.env.cr.rollback()
            except Exception as error:
                self.env.cr.rollback()
                if len(self) > 1:
                    return [key for archive in self for key in archive._seal_chunk()]
                self._keep_seal_error(error)
                break
        return self.ids

    def _seal_queued(self):
        """Seal dossiers of the queue for those who have queued them, as superuser."""
        queued = self.try_lock_for_update().filtered(lambda archive: archive.state == 'queued')
        for message in queued._get_seal_obstacles().values():
            raise UserError(message)
        queued._seal({archive.id: archive.queued_by_id.id or self.env.uid for archive in queued})

    def _keep_seal_error(self, error):
        """Keep on record why a dossier was not sealed; it stays in the queue."""
        if not isinstance(error, UserError):
            _logger.error("Sealing %s failed", self, exc_info=error)
        self.write({'error': str(error)})
        self.env['ir.cron']._commit_progress()

    @api.model
    def _cron_verify(self):
        """Verify every sealed dossier, those first that were not verified for the longest time; tell what is new."""
        cron = self.env['ir.cron']
        begin = fields.Datetime.now()
        domain = Domain('state', '=', 'sealed') & (
            Domain('verified_at', '=', False) | Domain('verified_at', '<', begin - timedelta(hours=12)))
        remaining = self.search_count(domain)
        cron._commit_progress(remaining=remaining)
        while chunk := self.search(domain, limit=VERIFY_CHUNK, order='verified_at nulls first, id'):
            known = {archive.id: json.dumps(archive.problems or []) for archive in chunk}
            found = chunk._verify()
            chunk.filtered(
                lambda archive: found[archive.id] and json.dumps(found[archive.id]) != known[archive.id]
            )._tell_problems()
            remaining -= len(chunk)
            if not cron._commit_progress(len(chunk), remaining=max(remaining, 0)):
                break

    def _tell_problems(self):
        """Tell archivists and managers of each company about dossiers that are not intact, in one message."""
        groups = (
            self.env.ref('sale_order_lifecycle.group_archivist') | self.env.ref('sale_order_lifecycle.group_manager'))
        for company, archives in self.grouped('company_id').items():
            users = groups.all_user_ids.filtered(
                lambda user: user.active and not user._is_superuser() and company in user.company_ids)
            messages = Markup('').join(
                Markup('<li>%s</li>') % message
                for archive in archives for message in (archive.problem_summary or '').split('\n'))
            archives[0].message_notify(
                partner_ids=users.partner_id.ids,
                subject=self.env._("The archive of %(company)s is not intact", company=company.name),
                body=Markup('<p>%s</p><ul>%s</ul>') % (
                    self.env._("The verification has found dossiers that are not as they were sealed:"), messages),
            )
