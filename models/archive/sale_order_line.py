from contextlib import contextmanager

from odoo import models

_FOLLOWING = 'sale_order_lifecycle.invoices_are_followed'


class SaleOrderLine(models.Model):
    _name = 'sale.order.line'
    _inherit = ['sale.order.line', 'order.sealed.mixin']

    def write(self, vals):
        if (
            vals.keys() == {'name'} and self.env.cr.cache.get(_FOLLOWING)
            and all(line.is_downpayment for line in self)
        ):
            sealed = self.filtered(lambda line: line.sudo().order_id.archive_state == 'sealed')
            # A down payment tells the state of its invoice in its text; in a sealed order it tells no more.
            return super(SaleOrderLine, self - sealed).write(vals)
        return super().write(vals)

    @contextmanager
    def _follow_invoices(self):
        """While the block runs, core writes on down payments what becomes of their invoices.

        The mark is in the memory of the transaction, where no client reaches it.
        """
        cache = self.env.cr.cache
        before = cache.get(_FOLLOWING)
        cache[_FOLLOWING] = True
        try:
            yield
        finally:
            cache[_FOLLOWING] = before
