from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..mixins.mark import is_system


class ProductTemplate(models.Model):
    """Goods are delivered by a transfer, services by a word: what a confirmed order has sold does not become the other.

    Before the confirmation a review begins again for it, see ``sale.order._get_product_content``.
    """
    _inherit = 'product.template'

    def write(self, vals):
        if 'type' in vals:
            self._check_type_kept(vals['type'])
        return super().write(vals)

    def _check_type_kept(self, kind):
        """:raise UserError: with the first of these products of another type that a confirmed order under policy has"""
        changed = self.sudo().filtered(lambda product: product.type != kind)
        if not changed or is_system(self) or not self.env['order.policy']._has_any_governed():
            return
        line_sudo = self.env['sale.order.line'].sudo()._search_agreed(
            Domain('product_id.product_tmpl_id', 'in', changed.ids))[:1]
        if line_sudo:
            raise UserError(self.env._(
                "“%(product)s” is part of confirmed orders, so its type cannot be changed. Archive it and create "
                "another product.", product=line_sudo.product_id.display_name))
