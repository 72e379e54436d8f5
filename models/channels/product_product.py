from odoo import models


class ProductProduct(models.Model):
    """A machine is told the company's name of a product, and not what its vendors call it."""
    _inherit = 'product.product'

    def _compute_display_name(self):
        context = self.env.context
        if not (context.get('partner_id') or context.get('seller_id')) or (
                not self.env['sale.order']._is_intake_machine_user()):
            return super()._compute_display_name()
        for product in self:
            product.display_name = product.with_context(partner_id=False, seller_id=False).display_name
