from odoo import models
from odoo.exceptions import UserError

from ..mixins.mark import is_system


class ProductTemplate(models.Model):
    """What is not counted is not held: a product is counted as long as something of it has to stay (article F4)."""
    _inherit = 'product.template'

    def write(self, vals):
        if not vals.keys().isdisjoint(('is_storable', 'tracking', 'type')):
            self._check_counting_kept(vals)
        return super().write(vals)

    def _check_counting_kept(self, vals):
        """:raise UserError: when something of one of these products has not passed, and would be counted otherwise"""
        if is_system(self) or not self.env['order.policy']._get_requiring_ids():
            return
        changed = self.sudo().filtered(lambda product: any(
            product[name] != vals[name] for name in ('is_storable', 'tracking', 'type') if name in vals))
        inspection = self.env['order.inspection']._get_held_inspections(
            changed.with_context(active_test=False).product_variant_ids)[:1] if changed else None
        if inspection:
            raise UserError(self.env._(
                "“%(product)s” has not passed the inspection “%(inspection)s”, so the way in which it is tracked "
                "cannot be changed. Ask quality to decide first.",
                product=inspection.product_id.display_name, inspection=inspection.display_name))
