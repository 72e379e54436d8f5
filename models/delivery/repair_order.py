from odoo import models
from odoo.exceptions import UserError

from ..production.order_link_mixin import CORE_RECORDING
from ..review.sale_order_line_loose import CORE_PRICING


class RepairOrder(models.Model):
    _inherit = 'repair.order'

    def write(self, vals):
        if 'sale_order_id' in vals:
            for repair in self.sudo():
                order = repair.move_ids.sale_line_id.order_id.filtered('policy_id')[:1]
                if order and repair.sale_order_id.id != (vals['sale_order_id'] or False):
                    raise repair.move_ids._get_repair_tie_error(order)
        return super().write(vals)

    def unlink(self):
        # A draft goes with its parts, without a word to the order: what they have brought there would stay, as if it
        # had been approved.
        for move in self.sudo().move_ids:
            if move.sale_line_id.order_id.policy_id:
                move.with_env(self.env)._clean_repair_sale_order_line()
        return super().unlink()

    def action_repair_done(self):
        for repair in self.sudo():
            line = repair.sale_order_line_id
            if line.order_id.policy_id and (
                    line.order_id != repair.sale_order_id or line.product_template_id.service_tracking != 'repair'):
                raise UserError(self.env._(
                    "%(repair)s was not created by the confirmation of %(order)s, so it cannot deliver "
                    "“%(product)s”.",
                    repair=repair.name, order=line.order_id.name, product=line.product_id.display_name))
        # The end of a repair delivers the service that was sold, entered by the person who repairs.
        result = super(RepairOrder, CORE_RECORDING.put(self)).action_repair_done()
        return CORE_RECORDING.take_off(result, self)

    @CORE_PRICING.during
    def _update_sale_order_line_price(self):
        # Under warranty or not: parts cost nothing, or what they cost.
        return super()._update_sale_order_line_price()
