from contextlib import contextmanager, nullcontext

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from .order_link_mixin import CORE_PROCURING


class PurchaseOrder(models.Model):
    _name = 'purchase.order'
    _inherit = ['purchase.order', 'order.document.mixin']

    # -- sales orders ---------------------------------------------------------------------------

    @api.model
    def _get_served_order_paths(self):
        paths = ['reference_ids.sale_ids']
        if 'sale_line_id' in self.env['purchase.order.line']._fields:
            # What goes from the vendor to the customer, and services that are bought.
            paths.append('order_line.sale_line_id.order_id')
        return paths

    def _get_served_orders_sql(self, alias):
        query = self._get_reference_orders_sql('reference_ids', alias)
        Line = self.env['purchase.order.line'].sudo()
        if 'sale_line_id' in Line._fields:
            query = SQL(
                """%s UNION ALL
                SELECT sold.order_id FROM purchase_order_line bought JOIN sale_order_line sold ON sold.id = %s
                 WHERE %s = %s""",
                query, Line._field_to_sql('bought', 'sale_line_id'), Line._field_to_sql('bought', 'order_id'),
                SQL.identifier(alias, 'id'))
        return SQL("(%s)", query)

    @api.model
    def _get_document_end_fields(self):
        return ['date_planned', 'state', 'receipt_status']

    @api.model
    def _get_open_document_domain(self):
        return Domain('state', '!=', 'cancel') & Domain('receipt_status', '!=', 'full')

    # -- what may change ------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        purchases = super().create(vals_list)
        purchases._check_address(set())
        return purchases

    def write(self, vals):
        if vals.keys().isdisjoint({'dest_address_id', 'reference_ids', 'order_line'}):
            return super().write(vals)
        before = self.sudo()._get_address_faults()
        with self._orders_kept() if 'reference_ids' in vals else nullcontext():
            result = super().write(vals)
        self._check_address(before)
        return result

    @contextmanager
    def _orders_kept(self):
        """Let references change in the block as long as no purchase loses an order: the address that its vendor sends
        to, and what the order tells of it, hang on that.

        :raise UserError: with the first open purchase that a person takes from a confirmed order under policy
        """
        before = {}
        if self.env['stock.move']._are_ties_judged():
            before = {purchase: purchase._get_governed_orders() for purchase in self.sudo()}
        yield
        for purchase, orders in before.items():
            if purchase.state != 'cancel' and (lost := orders - purchase._get_governed_orders()):
                raise UserError(self.env._(
                    "%(document)s supplies %(order)s, so it must remain linked to the order. Cancel it if it is not "
                    "needed.", document=purchase.name, order=lost[0].name))

    def _get_governed_orders(self):
        """:return: the confirmed orders under policy that this purchase serves; asked as superuser"""
        self.ensure_one()
        return self._get_served_orders().filtered(lambda order: order.policy_id and order.state == 'sale')

    @CORE_PROCURING.during
    def button_cancel(self):
        return super().button_cancel()

    def action_merge(self):
        result = super(PurchaseOrder, CORE_PROCURING.put(self)).action_merge()
        # Core hands over the lines of the others, and the moves that wait for them, and not what those are for.
        governed = self.env['order.policy']._has_any_governed()
        for purchase in self.sudo().filtered(lambda purchase: governed and purchase.state != 'cancel'):
            missing = purchase.order_line.move_dest_ids.reference_ids - purchase.reference_ids
            if missing:
                purchase.reference_ids = [Command.link(reference_id) for reference_id in missing.ids]
        return CORE_PROCURING.take_off(result, self)

    def _get_address_faults(self):
        """:return: set of triples (id of the purchase, of the address that its vendor sends to, of a confirmed order
            under policy whose goods go elsewhere); asked as superuser"""
        faults = set()
        if self.env['order.policy']._has_any_governed():
            for purchase in self.filtered('dest_address_id'):
                orders = purchase._get_governed_orders()
                address = purchase.dest_address_id
                if address not in orders.partner_shipping_id:
                    faults.update((purchase.id, address.id, order.id) for order in orders)
        return faults

    def _check_address(self, before):
        """The vendor sends goods of an order where the departments have approved.

        :param before: what :meth:`_get_address_faults` returned before
        :raise UserError: when a person would have them sent to another address
        """
        if self.env['stock.move']._are_ties_judged() and (faults := self.sudo()._get_address_faults() - before):
            raise self.env['sale.order'].sudo().browse(min(faults)[2])._get_address_error()

    def _prepare_order_row(self):
        self.ensure_one()
        row = super()._prepare_order_row()
        if self.state == 'purchase' and self.receipt_status:
            row.update(
                state=self.receipt_status,
                state_label=dict(self._fields['receipt_status']._description_selection(self.env))[self.receipt_status])
        return {
            **row,
            'kind': 'purchase',
            'kind_label': self.env._("Purchase"),
            'subject': self.partner_id.display_name,
            'quantity': '',
            'done': self.receipt_status == 'full' and self.effective_date,
        }
