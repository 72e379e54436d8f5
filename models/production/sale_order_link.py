from contextlib import ExitStack, contextmanager

from odoo import api, models
from odoo.exceptions import UserError, ValidationError


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    @api.model
    def _get_write_steps(self):
        return [*super()._get_write_steps(), (20, '_document_links_kept')]

    @contextmanager
    def _document_links_kept(self, vals):
        """Documents keep their orders when what ties them to each other changes."""
        if 'stock_reference_ids' not in vals:
            yield self
            return
        before = self.sudo().stock_reference_ids._get_documents_of_orders()
        with ExitStack() as kept:
            for documents in before:
                kept.enter_context(documents._order_links_kept())
            yield self
        # What came with a reference, one that was made with the order too, is judged as if it got the order.
        self.sudo().stock_reference_ids._check_new_ties(before)

    def _get_address_error(self):
        """:return: UserError for whoever would send the goods of this order to another address; asked as superuser"""
        self.ensure_one()
        return UserError(self.env._(
            "The approved delivery address of %(order)s is %(address)s. Select this address.",
            order=self.name, address=self.partner_shipping_id.display_name))

    def _get_production_error(self):
        """:return: ValidationError for whoever would produce for this order, which is not confirmed; as superuser"""
        self.ensure_one()
        return ValidationError(self.env._(
            "%(order)s is not confirmed, so nothing can be produced for it. Complete the review and confirm the order "
            "first.",
            order=self.name))

    # -- payments that approvals ask for ----------------------------------------------------------

    def _get_open_payment_points(self):
        points = super()._get_open_payment_points()
        for order in self:
            if 'production' in points.get(order.id, ()) and not any(
                    production._is_to_start() for production in order._get_productions()):
                points[order.id] = [point for point in points[order.id] if point != 'production']
        return points

    def _check_condition(self, point):
        """Nobody goes on with orders whose approval asks for a payment that is missing, by whatever way.

        :param point: ``production`` or ``shipping``
        :raise ValidationError: with the first of these orders that waits for its payment
        """
        confirmed = self.filtered(lambda order: order.policy_id and order.state == 'sale')
        for obstacle in confirmed._get_condition_obstacles(point).values():
            raise ValidationError(obstacle)
