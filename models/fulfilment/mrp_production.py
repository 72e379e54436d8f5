from odoo import api, models
from odoo.exceptions import ValidationError


class MrpProduction(models.Model):
    _inherit = 'mrp.production'

    @api.constrains('sale_line_id')
    def _check_order_accepted(self):
        """Nothing is produced for an order that is not accepted (article F1), whoever makes the order.

        What remains of a manufacturing order goes on: its order was accepted when it began.
        """
        for production in self.sudo():
            order = production.sale_line_id.order_id
            if order.policy_id and order.state in ('draft', 'sent') and not production._is_rest_of_production():
                raise ValidationError(self.env._(
                    "%(order)s is not confirmed, so nothing can be produced for it. Have it reviewed and confirmed "
                    "first.", order=order.name))

    def _is_rest_of_production(self):
        """Whether an earlier manufacturing order for the same order line has left this one over."""
        self.ensure_one()
        return any(
            other.sale_line_id == self.sale_line_id and other.backorder_sequence < self.backorder_sequence
            for other in self.production_group_id.production_ids - self)
