from odoo import models
from odoo.exceptions import UserError

from ..mixins.mark import is_system


class Base(models.AbstractModel):
    """What a confirmed order names stays: whatever is deleted the database takes from the order, below every rule.

    An order that is not confirmed is compared with what was approved.
    """
    _inherit = 'base'

    def unlink(self):
        if self._name in self.env['sale.order']._get_naming_fields():
            self._check_not_agreed()
        return super().unlink()

    def _check_not_agreed(self):
        """:raise UserError: with the first of these records that a confirmed order under policy names"""
        if not self or is_system(self) or not self.env['order.policy']._has_any_governed():
            return
        for model, name in self.env['sale.order']._get_naming_fields()[self._name]:
            if model not in ('sale.order', 'sale.order.line'):
                # Files are deleted with what they are the content of.
                self.env[model].sudo().search([(name, 'in', self.ids)])._check_not_agreed()
            elif found := self.env[model].sudo()._search_agreed([(name, 'in', self.ids)])[:1]:
                named = found[name] & self.sudo()
                raise UserError(self.env._(
                    "“%(record)s” is part of confirmed orders and cannot be deleted. Archive it, or use another one "
                    "from now on.", record=named[:1].display_name))
