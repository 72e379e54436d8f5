from odoo import models

from ..mixins.mark import Mark

# Core writes on down payments what becomes of their invoices.
CORE_FOLLOWING = Mark('core_following')


class SaleOrderLine(models.Model):
    _name = 'sale.order.line'
    _inherit = ['sale.order.line', 'order.sealed.mixin']

    def write(self, vals):
        if (
            vals.keys() == {'name'} and CORE_FOLLOWING.lies_on(self)
            and all(line.is_downpayment for line in self)
        ):
            sealed = self.filtered(lambda line: line.sudo().order_id.archive_state == 'sealed')
            # A down payment tells the state of its invoice in its text; in a sealed order it tells no more.
            return super(SaleOrderLine, self - sealed).write(vals)
        return super().write(vals)
