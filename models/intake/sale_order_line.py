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
