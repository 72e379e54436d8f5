from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .order_sealed_mixin import get_sealed_error


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    lifecycle_phase = fields.Selection(selection_add=[('archived', "Archived"), ('cancelled',)])

    archive_ids = fields.One2many('order.archive', 'order_id', string="Dossiers", readonly=True, copy=False)
    archive_state = fields.Selection(
        [('none', "Not Archived"), ('draft', "In Preparation"), ('sealed', "Sealed")],
        string="Archive", default='none', readonly=True, copy=False)

    _to_archive_idx = models.Index("(company_id, settled_at) WHERE settlement_state = 'settled' AND archive_state = 'none'")

    # -- phase ----------------------------------------------------------------------------------

    @api.depends('archive_state')
    def _compute_lifecycle_phase(self):
        return super()._compute_lifecycle_phase()

    def _get_lifecycle_phase(self):
        if self.archive_state == 'sealed':
            return 'archived'
        return super()._get_lifecycle_phase()

    # -- guarded fields and what may change -----------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'archive_ids', 'archive_state'}

    @api.model
    def _get_message_fields(self):
        """:return: set of the fields of messages, activities and ratings, which go on after an order is sealed"""
        return {
            name for model in ('mail.thread', 'mail.activity.mixin', 'rating.mixin')
            for name, field in self.env[model]._fields.items() if not field.automatic
        }

    @api.model
    def _get_sealed_writable_fields(self):
        """Fields of a sealed order that stay writable: none of them says anything about the agreement.

        :return: set of field names
        """
        return self._get_message_fields() | {
            'access_token', 'pending_email_template_id', 'stock_reference_ids', 'tag_ids', 'transaction_ids',
        }

    def _check_unsealed(self):
        """:raise UserError: with the first of the orders that is sealed"""
        for order in self:
            if order.archive_state == 'sealed':
                raise get_sealed_error(order)

    def write(self, vals):
        if not (vals.keys() <= self._get_sealed_writable_fields()):
            self._check_unsealed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_archived(self):
        if archived := self.filtered(lambda order: order.sudo().archive_ids)[:1]:
            raise UserError(self.env._("%(order)s has a dossier and stays on record.", order=archived.name))

    # -- actions --------------------------------------------------------------------------------

    def action_prepare_archive(self):
        """Make the draft dossiers of settled orders, and bring those that are there up to date (article X1).

        :return: the action that opens the dossiers of all these orders
        :raise AccessError: for people who are no archivists
        :raise UserError: with the first order that cannot be archived; then none is prepared
        """
        for refusal in self._get_archive_refusals().values():
            raise refusal
        return self._prepare_archives()._get_open_action()

    def action_prepare_archive_possible(self):
        """Prepare the dossiers of those of the orders that can be archived, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_archive_refusals()
        possible = self.filtered(lambda order: order.id not in refusals)
        possible._prepare_archives()
        return self.env['order.review']._get_summary_notification(
            self.env._("%(count)s dossiers prepared.", count=len(possible)), refusals)

    def action_queue_archive_possible(self):
        """Prepare the dossiers of those of the orders that can be archived, and let those be sealed that are complete.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_archive_refusals()
        archives = self.filtered(lambda order: order.id not in refusals)._prepare_archives()
        drafts = archives.filtered(lambda archive: archive.state == 'draft')
        incomplete = drafts._get_seal_refusals()
        complete = drafts.filtered(lambda archive: archive.id not in incomplete)
        complete._action_queue_seal()
        return self.env['order.review']._get_summary_notification(
            self.env._("%(count)s dossiers wait for their seal.", count=len(complete)), {
                **refusals, **{('archive', key): error for key, error in incomplete.items()}})

    def action_open_archives(self):
        """:return: the action that opens the dossiers of these orders"""
        return self.archive_ids._get_open_action()

    # -- business -------------------------------------------------------------------------------

    def _get_archive_refusals(self):
        """Why the dossiers of these orders cannot be prepared by the person.

        :return: dict order id → exception with one sentence; orders that can be archived are missing
        """
        Archive = self.env['order.archive']
        Archive._check_archivist()
        self.check_access('read')
        return {order.id: UserError(message) for order, message in self._get_archive_obstacles().items()}

    def _get_archive_obstacles(self):
        """What keeps these orders from being archived. Later rooms add to the result of ``super()``.

        :return: dict order → one translated sentence; orders that can be archived are missing
        """
        obstacles = {}
        for order in self.sudo():
            own = order.sudo(self.env.su)
            if not order.policy_id:
                obstacles[own] = self.env._(
                    "%(order)s follows no order policy, so it is not archived.", order=order.name)
            elif order.state != 'sale':
                obstacles[own] = self.env._(
                    "%(order)s is not confirmed: only settled orders are archived.", order=order.name)
            elif order.settlement_state != 'settled' and order.archive_state != 'sealed':
                obstacles[own] = self.env._(
                    "%(order)s is not settled: have finance settle it before it is archived.", order=order.name)
        return obstacles

    def _prepare_archives(self):
        """Create what is missing and bring drafts up to date; rights and facts were asked before.

        :return: the ``order.archive`` of these orders, in the person's own rights
        """
        Archive = self.env['order.archive'].sudo()
        orders_sudo = self.sudo()
        if missing := orders_sudo.filtered(lambda order: not order.archive_ids):
            Archive.create([{'order_id': order.id} for order in missing])
            missing.write({'archive_state': 'draft'})
            missing.invalidate_recordset(['archive_ids'])
        orders_sudo.archive_ids._sync_documents()
        return orders_sudo.archive_ids.sudo(self.env.su)

    def _get_sealed_archives(self):
        """:return: the sealed dossiers of these orders"""
        sealed = self.filtered(lambda order: order.archive_state == 'sealed')
        return sealed.sudo().archive_ids.filtered(lambda archive: archive.state == 'sealed')

    @api.model
    def _get_to_archive_domain(self):
        """:return: Domain of the settled orders without a dossier"""
        return Domain('settlement_state', '=', 'settled') & Domain('archive_state', '=', 'none')
