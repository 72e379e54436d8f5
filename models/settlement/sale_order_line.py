from odoo import api, models


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _get_owed_quantity(self):
        """How much of this line the customer owes, by what was delivered of it.

        Goods and services count as delivered, and not above what was ordered where they are invoiced on
        ordered quantities; what is not delivered as such (freight, discounts) counts as ordered. Down
        payments are owed for the other lines. Override for other kinds of lines.

        :return: float in the unit of the line
        """
        self.ensure_one()
        if self.display_type or self.is_downpayment:
            return 0.0
        ordered, quantity = self.product_uom_qty, self.qty_delivered
        if self.product_id.invoice_policy == 'order':
            return min(ordered, quantity) if self._counts_for_fulfilment() else ordered
        return quantity

    def _get_billed_quantity(self, invoice_line):
        """:return: how much of this line a line of a document stands for, in the unit of this line"""
        self.ensure_one()
        # A line that stands for several order lines belongs to each in equal parts.
        quantity = invoice_line.quantity / len(invoice_line.sale_line_ids)
        if not invoice_line.product_uom_id or invoice_line.product_uom_id == self.product_uom_id:
            return quantity
        return invoice_line.product_uom_id._compute_quantity(quantity, self.product_uom_id, round=False)

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_field_names(self):
        return super()._get_reader_field_names() | {'qty_invoiced_posted'}
