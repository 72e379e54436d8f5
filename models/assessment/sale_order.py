from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    processing_hours = fields.Float(
        compute='_compute_processing_hours', store=True, copy=False, aggregator='avg',
        help="Working hours from the receipt of the order to its acceptance.")
    cancelled_by_id = fields.Many2one('res.users', readonly=True, copy=False)

    # -- compute --------------------------------------------------------------------------------

    @api.depends('received_at', 'approved_at')
    def _compute_processing_hours(self):
        processed = self.filtered(lambda order: order.received_at and order.approved_at)
        (self - processed).processing_hours = 0.0
        for order, hours in processed._get_working_hours('received_at', 'approved_at').items():
            # To the second, so that what took exactly the time allowed is not late by an error of arithmetic.
            order.processing_hours = round(max(hours, 0.0), 4)

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'processing_hours', 'cancelled_by_id'}

    # -- for whom it counts ---------------------------------------------------------------------

    @api.model
    def _get_write_steps(self):
        return [*super()._get_write_steps(), (10, '_salesperson_kept')]

    @contextmanager
    def _salesperson_kept(self, vals):
        """What has ended counts for its salesperson."""
        if 'user_id' in vals:
            self._check_salesperson_stays(vals['user_id'])
        yield self

    def _check_salesperson_stays(self, user_id):
        """What has ended counts for its salesperson: only a sales manager gives it to somebody else.

        :param user_id: id of the next salesperson, or False
        :raise AccessError: for others, with the first order under policy that is fulfilled or cancelled
        """
        if self.env.su or self.env.user.has_group('sales_team.group_sale_manager'):
            return
        for order in self:
            if order.policy_id and (order.fulfilled_at or order.state == 'cancel') and order.user_id.id != user_id:
                raise AccessError(self.env._(
                    "%(order)s is fulfilled or cancelled and counts for its salesperson. Ask a sales manager to "
                    "reassign it.", order=order.name))

    # -- who cancelled --------------------------------------------------------------------------

    def _follow_state(self):
        result = super()._follow_state()
        orders_sudo = self.sudo().filtered('policy_id')
        if cancelled := orders_sudo.filtered(lambda order: order.state == 'cancel' and not order.cancelled_by_id):
            cancelled._write_guarded({'cancelled_by_id': self.env.uid})
        if reopened := orders_sudo.filtered(lambda order: order.state != 'cancel' and order.cancelled_by_id):
            reopened._write_guarded({'cancelled_by_id': False})
        return result

    @api.model
    def _get_cancelled_by_customer_domain(self):
        """Which orders the customer has cancelled: those are nobody's failure in the company.

        Today these are orders that customers decline themselves on the portal. What the company cancels counts as
        not fulfilled, so that nobody makes a rate better by cancelling. Override where cancellations have a reason.

        :return: Domain on ``sale.order``
        """
        return Domain('state', '=', 'cancel') & Domain('cancelled_by_id.share', '=', True)
