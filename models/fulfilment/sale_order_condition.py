from odoo import api, models
from odoo.exceptions import ValidationError


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    @api.depends('fulfilment_state')
    def _compute_payment_condition(self):
        return super()._compute_payment_condition()

    def _get_open_payment_points(self):
        points = super()._get_open_payment_points()
        for order in self:
            if order.id not in points:
                continue
            ahead = {
                'production': any(production._is_to_start() for production in order._get_productions()),
                'shipping': order.fulfilment_state != 'done',
            }
            points[order.id] = [point for point in points[order.id] if ahead.get(point, True)]
        return points

    def _check_condition(self, point):
        """Nobody goes on with orders whose approval asks for a payment that is missing, by whatever way.

        :param point: ``production`` or ``shipping``
        :raise ValidationError: with the first of these orders that waits for its payment
        """
        confirmed = self.filtered(lambda order: order.policy_id and order.state == 'sale')
        for obstacle in confirmed._get_condition_obstacles(point).values():
            raise ValidationError(obstacle)
