from odoo import api, models


class SaleOrderLine(models.Model):
    """What the machine that has submitted an order may read of its lines."""
    _inherit = 'sale.order.line'

    @api.model
    def _get_intake_machine_fields(self):
        """The fields of order lines that the machine which has submitted them reads.

        :return: set of field names
        """
        return {
            'id', 'display_name', 'order_id', 'sequence', 'display_type', 'product_id', 'name', 'product_uom_qty',
            'product_uom_id', 'price_unit', 'discount', 'price_subtotal', 'price_tax', 'price_total', 'currency_id',
            'qty_delivered', 'create_date', 'write_date',
        }

    def _compute_display_name(self):
        if not self.env['sale.order']._is_intake_machine_user():
            return super()._compute_display_name()
        # Core adds the number of the customer.
        for line in self.sudo():
            line.display_name = f"{line.order_id.name} - {(line.name or '').partition(chr(10))[0]}"

    @api.model
    def _is_internally_visible(self):
        # The list says which.
        return super()._is_internally_visible() or self.env['sale.order']._is_intake_machine()

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            not self.env['sale.order']._is_intake_machine() or (
                operation == 'read' and field.name in self._get_intake_machine_fields()))
