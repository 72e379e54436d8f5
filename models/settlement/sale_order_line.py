from odoo import api, models


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _get_owed_amount(self):
        """What the customer owes for this line, taxes included, by what was delivered of it.

        Goods and services count as delivered, and not above what was ordered where they are invoiced on
        ordered quantities; what is not delivered as such (freight, discounts) counts as ordered. Down
        payments are owed for the other lines. Override for other kinds of lines.

        :return: float in the currency of the order
        """
        self.ensure_one()
        if self.display_type or self.is_downpayment:
            return 0.0
        ordered, quantity = self.product_uom_qty, self.qty_delivered
        if self.product_id.invoice_policy == 'order':
            quantity = min(ordered, quantity) if self._counts_for_fulfilment() else ordered
        if self.product_uom_id.is_zero(quantity):
            return 0.0
        if self.product_uom_id.is_zero(ordered):
            # Goods delivered in excess, and expenses, have a price and no ordered quantity.
            return self.tax_ids.compute_all(
                self.price_unit * (1 - self.discount / 100), self.currency_id, quantity, product=self.product_id,
                partner=self.order_id.partner_shipping_id)['total_included']
        return self.price_total * quantity / ordered

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_field_names(self):
        return super()._get_reader_field_names() | {'qty_invoiced_posted'}
