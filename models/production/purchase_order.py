from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


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
        result = super().write(vals)
        self._check_address(before)
        return result

    def _get_address_faults(self):
        """:return: set of triples (id of the purchase, of the address that its vendor sends to, of a confirmed order
            under policy whose goods go elsewhere); asked as superuser"""
        faults = set()
        if self.env['order.policy']._has_any_governed():
            for purchase in self.filtered('dest_address_id'):
                orders = purchase._get_served_orders().filtered(
                    lambda order: order.policy_id and order.state == 'sale')
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
