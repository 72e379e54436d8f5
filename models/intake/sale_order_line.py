from odoo import api, models
from odoo.fields import Domain


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.order_id._follow_intake_change()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.order_id._follow_intake_change()
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders._follow_intake_change()
        return result

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_intake_line_domain(self):
        """The lines that say what the customer orders; completeness rules for lines look at these.

        Sections, notes, down payments, expenses, the parents of combinations, discounts, rewards and
        delivery costs do not count. Override to leave out more.

        :return: Domain on ``sale.order.line``
        """
        discounts = self.env['res.company'].sudo().search_fetch(
            [('sale_discount_product_id', '!=', False)], ['sale_discount_product_id']).sale_discount_product_id
        domain = (
            Domain('display_type', '=', False) & Domain('is_downpayment', '=', False)
            & Domain('is_expense', '=', False) & ~Domain('product_id.type', '=', 'combo')
            & ~Domain('product_id', 'in', discounts.ids)
        )
        # Fields of modules that this addon does not depend on.
        for name in ('is_delivery', 'reward_id'):
            if name in self._fields:
                domain &= Domain(name, '=', False)
        return domain

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
    def _is_told_inside(self):
        # The list says which.
        return super()._is_told_inside() or self.env['sale.order']._is_intake_machine()

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            not self.env['sale.order']._is_intake_machine() or (
                operation == 'read' and field.name in self._get_intake_machine_fields()))
