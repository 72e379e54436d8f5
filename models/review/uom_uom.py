from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..mixins.mark import is_system


class UomUom(models.Model):
    """Two dozen that were sold are twenty-four pieces, also when somebody says later that a dozen has ten.

    Core asks what lies in stock and is to be moved in the unit itself, and not what is sold in it.
    """
    _inherit = 'uom.uom'

    def write(self, vals):
        if vals.keys() & {'relative_factor', 'relative_uom_id'}:
            self._check_content_kept(vals)
        return super().write(vals)

    def _check_content_kept(self, vals):
        """:raise UserError: with the first of these units that a confirmed order under policy is sold in"""
        changed = self.filtered(lambda unit: any(
            vals[name] != (unit[name].id if unit._fields[name].relational else unit[name])
            for name in vals.keys() & {'relative_factor', 'relative_uom_id'}))
        if not changed or is_system(self) or not self.env['order.policy']._has_any_governed():
            return
        lines_sudo = self.env['sale.order.line'].sudo()._search_agreed(
            Domain('product_uom_id', 'child_of', changed.ids) | Domain('product_id.uom_id', 'child_of', changed.ids))
        # What is sold in the unit that it is kept in says so itself.
        if line_sudo := lines_sudo.filtered(lambda line: line.product_uom_id != line.product_id.uom_id)[:1]:
            raise UserError(self.env._(
                "“%(product)s” is sold in the unit “%(unit)s” in confirmed orders, so the content of this unit cannot "
                "be changed. Create another unit.",
                product=line_sudo.product_id.display_name, unit=line_sudo.product_uom_id.name))
