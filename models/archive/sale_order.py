from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..credit.sale_order_payment import INVOICE_TYPES
from ..mixins.order_dossier_mixin import to_facts
from .order_sealed_mixin import get_sealed_error


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    lifecycle_phase = fields.Selection(selection_add=[('archived', "Archived"), ('cancelled',)])

    archive_ids = fields.One2many(
        'order.archive', 'order_id', string="Dossiers", readonly=True, copy=False,
        groups='sale_order_lifecycle.group_archivist,sale_order_lifecycle.group_manager')
    archive_state = fields.Selection(
        [('none', "Not Archived"), ('draft', "In Preparation"), ('sealed', "Sealed")],
        string="Archive", default='none', readonly=True, copy=False)

    _to_archive_idx = models.Index(
        "(company_id, settled_at) WHERE settlement_state = 'settled' AND archive_state = 'none'")

    # -- phase ----------------------------------------------------------------------------------

    @api.depends('archive_state')
    def _compute_lifecycle_phase(self):
        return super()._compute_lifecycle_phase()

    def _get_lifecycle_phase(self):
        if self.archive_state == 'sealed':
            return 'archived'
        return super()._get_lifecycle_phase()

    @api.model
    def _get_board_columns(self):
        columns = super()._get_board_columns()
        columns['lifecycle_phase'].add('archived')
        return columns

    # -- guarded fields and what may change -----------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'archive_ids', 'archive_state'}

    @api.model
    def _get_message_fields(self):
        """:return: set of the fields of messages, activities and ratings, which go on after an order is sealed"""
        return {
            name for model in ('mail.thread', 'mail.activity.mixin', 'rating.mixin')
            for name in self.env[model]._fields if name not in models.MAGIC_COLUMNS
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

    def _check_open_for_changes(self):
        """Ask before something that belongs to these orders, on a row of its own, changes.

        :raise UserError: with the first of the orders that is sealed
        """
        self._check_unsealed()
        self._meet_seal()

    def _meet_seal(self):
        """What a dossier holds of these orders is about to change, on rows that the seal reads and does not write:
        whoever seals at the same moment seals what is entered now, or is first. One of the two transactions begins
        again. Without a dossier there is nothing to be sealed."""
        if prepared := self.filtered(lambda order: order.archive_state == 'draft'):
            self.env.cr.execute(SQL("UPDATE sale_order SET write_date = write_date WHERE id IN %s", prepared._ids))

    def _is_snapshot_closed(self):
        return self.archive_state == 'sealed' or super()._is_snapshot_closed()

    @api.model
    def _get_write_steps(self):
        return [*super()._get_write_steps(), (15, '_sealed_values_kept')]

    @contextmanager
    def _sealed_values_kept(self, vals):
        """A sealed order keeps what its dossier says of it."""
        if not (vals.keys() <= self._get_sealed_writable_fields()):
            self._check_unsealed()
        yield self

    @api.ondelete(at_uninstall=False)
    def _unlink_except_archived(self):
        if archived := self.filtered(lambda order: order.sudo().archive_ids)[:1]:
            raise UserError(self.env._("%(order)s has a dossier and cannot be deleted.", order=archived.name))

    # -- actions --------------------------------------------------------------------------------

    def action_prepare_archive(self):
        """Make the draft dossiers of settled orders, and bring those that are there up to date (article X1).

        :return: the action that opens the dossiers of all these orders
        :raise AccessError: for people who are no archivists
        :raise UserError: with the first order that cannot be archived; then none is prepared
        """
        self._check_refusals(self._get_archive_refusals())
        return self._prepare_archives()._get_open_action()

    def action_prepare_archive_possible(self):
        """Prepare the dossiers of those of the orders that can be archived, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_archive_refusals()
        possible = self._without(refusals)
        possible._prepare_archives()
        return self._get_summary_notification(
            self.env._("%(count)s dossiers have been prepared.", count=len(possible)), refusals)

    def action_queue_archive_possible(self):
        """Prepare the dossiers of those of the orders that can be archived, and let those be sealed that are complete.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_archive_refusals()
        archives = self._without(refusals)._prepare_archives()
        drafts = archives.filtered(lambda archive: archive.state == 'draft')
        incomplete = drafts._get_seal_refusals()
        complete = drafts.filtered(lambda archive: archive.id not in incomplete)
        complete._action_queue_seal()
        return self._get_summary_notification(
            self.env._("%(count)s dossiers are queued for sealing.", count=len(complete)), {
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
                    "%(order)s is not subject to an order policy, so it cannot be archived.", order=order.name)
            elif order.state != 'sale':
                obstacles[own] = self.env._(
                    "%(order)s is not confirmed: only settled orders can be archived.", order=order.name)
            elif order.settlement_state != 'settled' and order.archive_state != 'sealed':
                obstacles[own] = self.env._(
                    "%(order)s is not settled: ask finance to settle it before it is archived.", order=order.name)
            elif order.release_outcome == 'pending' and order.archive_state != 'sealed':
                obstacles[own] = self.env._(
                    "%(order)s was released in an emergency and its review is still in progress: complete the review "
                    "before the order is archived.", order=order.name)
            elif order.open_ticket_count and order.archive_state != 'sealed':
                obstacles[own] = self.env._(
                    "%(order)s has an open ticket: ask after-sales to close it before the order is archived.",
                    order=order.name)
            elif order.open_progress_count and order.archive_state != 'sealed':
                obstacles[own] = self.env._(
                    "A department has not yet answered the progress request for %(order)s: ask it to report before the "
                    "order is archived.", order=order.name)
            elif order.open_incident_count and order.archive_state != 'sealed':
                obstacles[own] = self.env._(
                    "%(order)s has an open incident: resolve it before the order is archived.", order=order.name)
        return obstacles

    def _prepare_archives(self):
        """Create what is missing and bring drafts up to date; rights and facts were asked before.

        :return: the ``order.archive`` of these orders, in the person's own rights
        """
        Archive = self.env['order.archive'].sudo()
        orders_sudo = self.sudo()
        if missing := orders_sudo.filtered(lambda order: not order.archive_ids):
            Archive._create_guarded([{'order_id': order.id} for order in missing])
            missing._write_guarded({'archive_state': 'draft'})
            missing.invalidate_recordset(['archive_ids'])
        orders_sudo.archive_ids._sync_documents()
        return orders_sudo.archive_ids.sudo(self.env.su)

    def _get_sealed_archives(self):
        """:return: the sealed dossiers of these orders"""
        sealed = self.filtered(lambda order: order.archive_state == 'sealed')
        return sealed.sudo().archive_ids.filtered(lambda archive: archive.state == 'sealed')

    @api.model
    def _get_to_archive_domain(self):
        """:return: Domain of the settled orders without a dossier and without a matter that is still open"""
        return (
            Domain('settlement_state', '=', 'settled') & Domain('archive_state', '=', 'none')
            & Domain('release_outcome', '!=', 'pending') & ~self._get_open_ticket_domain()
            & ~self._get_open_incident_domain())

    # -- what goes into a dossier -----------------------------------------------------------------

    def _get_dossier_kinds(self):
        kinds = super()._get_dossier_kinds()
        productions, invoices = self._get_archive_productions(done=False), self._get_archive_invoices()
        for order in self:
            if productions[order.id]:
                kinds[order.id].add('production')
            if invoices[order.id] or order._is_invoice_expected():
                kinds[order.id].add('settlement')
        return kinds

    def _is_invoice_expected(self):
        """:return: bool, whether there is an invoice of this order, or will be: not where it was settled without one,
            with a reason that its dossier keeps"""
        self.ensure_one()
        settlement = self.sudo().settlement_id
        return not self.currency_id.is_zero(self.amount_total) and (
            not settlement.settled_at or bool(settlement.settled_documents))

    def _get_archive_productions(self, done=True):
        """The manufacturing orders of these orders on every level, in batch and as superuser.

        :param done: only those that are done; else all that are not cancelled
        :return: dict order id → ``mrp.production``
        """
        states = Domain('state', '=', 'done') if done else Domain('state', '!=', 'cancel')
        productions = self.env['mrp.production'].sudo().search(states & (
            Domain('reference_ids.sale_ids', 'in', self.ids) | Domain('sale_line_id.order_id', 'in', self.ids)),
            order='id') if self else self.env['mrp.production']
        result = dict.fromkeys(self.ids, productions.browse())
        for production in productions:
            for order in production.reference_ids.sale_ids | production.sale_line_id.order_id:
                if order.id in result:
                    result[order.id] |= production
        return result

    def _get_archive_inspections(self):
        """:return: the ``order.inspection`` whose files go into the dossiers of these orders: those for one order
            only, as what was received for several belongs to none of them; as superuser"""
        return self.sudo().inspection_ids.filtered(lambda inspection: inspection.order_id in self)

    def _get_archive_pickings(self):
        """The transfers that brought goods to the customer or back, in batch and as superuser.

        :return: dict order id → ``stock.picking``
        """
        return self._browse_together('stock.picking', {
            order.id: [
                move.picking_id.id for line in order.order_line for move in line.move_ids
                if move.state == 'done' and move.picking_id
                and (move._is_to_customer() or move._is_customer_location(move.location_id))]
            for order in self.sudo()
        })

    def _get_archive_invoices(self):
        """The posted invoices and credit notes of these orders, in batch and as superuser.

        :return: dict order id → ``account.move``
        """
        return self._browse_together('account.move', {
            order.id: [
                line.move_id.id for order_line in order.order_line for line in order_line.invoice_lines
                if line.move_id.state == 'posted' and line.move_id.move_type in INVOICE_TYPES]
            for order in self.sudo()
        })

    @api.model
    def _browse_together(self, model, ids_by_order):
        """:return: dict order id → records as superuser, once each, which are read together for all orders"""
        prefetch = {record_id for ids in ids_by_order.values() for record_id in ids}
        return {
            order_id: self.env[model].sudo().browse(dict.fromkeys(ids)).with_prefetch(prefetch)
            for order_id, ids in ids_by_order.items()}

    def _get_archive_facts(self):
        """Names and values of orders and of what belongs to them: no live record can tell them later.

        Later rooms add theirs to the result of ``super()``.

        :return: dict order id → dict that JSON can hold
        """
        productions, pickings, invoices = (
            self._get_archive_productions(), self._get_archive_pickings(), self._get_archive_invoices())
        return {
            order.id: order._prepare_archive_facts(productions[order.id], pickings[order.id], invoices[order.id])
            for order in self}

    def _prepare_archive_facts(self, productions, pickings, invoices):
        """:return: the facts of one order, see :meth:`_get_archive_facts`"""
        self.ensure_one()
        return {
            'order': to_facts(self, self._get_dossier_fields())[0],
            **self._get_dossier_part_facts(),
            'productions': to_facts(productions, [
                'name', 'product_id', 'product_qty', 'product_uom_id', 'date_start', 'date_finished', 'state']),
            'transfers': [
                {**facts, 'moves': to_facts(picking.move_ids, [
                    'product_id', 'product_uom_qty', 'quantity', 'product_uom', 'date', 'state'])}
                for picking, facts in zip(pickings, to_facts(pickings, [
                    'name', 'partner_id', 'location_id', 'location_dest_id', 'date_done', 'state']))
            ],
            'invoices': to_facts(invoices, [
                'name', 'move_type', 'partner_id', 'invoice_date', 'invoice_date_due', 'currency_id',
                'amount_untaxed', 'amount_tax', 'amount_total', 'amount_residual', 'payment_state']),
        }

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        # Shown to archivists only.
        return super()._get_reader_button_names() | {'action_open_archives', 'action_prepare_archive'}
