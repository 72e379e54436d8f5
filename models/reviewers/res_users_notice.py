from collections import defaultdict

import pytz

from odoo import api, fields, models
from odoo.fields import Domain

from ..mixins.local_time import to_date, to_local

# The local hours in which the daily summary is sent.
MORNING = range(8, 12)
_BATCH = 50


class ResUsers(models.Model):
    _inherit = 'res.users'

    order_notice_mode = fields.Selection(
        [('gathered', "Continuously, grouped over a few minutes"), ('digest', "Once a day, in the morning")],
        string="Orders to Review",
        help="When you are notified of orders to review. Escalations are always sent immediately.")
    order_digest_at = fields.Datetime("Order Summary Sent", readonly=True, copy=False)
    delegation_ids = fields.One2many('order.review.delegation', 'user_id', string="Delegations")

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ['order_notice_mode']

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ['order_notice_mode']

    # -- messages -------------------------------------------------------------------------------

    def _is_notified_of_orders_at_once(self):
        """:return: whether this person is notified as things come, and not by the daily summary"""
        self.ensure_one()
        return self.order_notice_mode != 'digest'

    @api.model
    def _cron_send_order_digest(self):
        """Send the daily summary to those who want it and whose morning it is: what waits, and what is new."""
        readers = self.search([('order_notice_mode', '=', 'digest'), ('share', '=', False)], order='id')
        due = readers.filtered(lambda user: user._is_order_digest_due())
        self.env['ir.cron']._work_off(
            'res.users._cron_send_order_digest', due, lambda users: users._send_order_digest(), size=_BATCH,
            allow_referencing=True, waiting=readers)

    def _is_order_digest_due(self):
        """:return: whether it is morning where this person is, and no summary has been sent today"""
        self.ensure_one()
        zone = self._get_order_time_zone()
        now = to_local(fields.Datetime.now(), zone)
        return now.hour in MORNING and to_date(self.order_digest_at, zone) != now.date()

    def _get_order_time_zone(self):
        """:return: the tzinfo of this person, else of the company where the person works"""
        self.ensure_one()
        user_sudo = self.sudo()
        return pytz.timezone(user_sudo.tz) if user_sudo.tz else user_sudo.company_id._get_working_time_zone()

    def _send_order_digest(self):
        """Send these people what waits for them now; nobody gets an empty summary."""
        notices = defaultdict(lambda: defaultdict(list))
        reviews = self.env['order.review'].search(Domain('state', '=', 'pending') & Domain('paused_at', '=', False))
        for review_id, users in reviews._get_turn_holders().items():
            for user in users & self:
                notices[user]['turn'].append(review_id)
        first = min((user.order_digest_at or fields.Datetime.subtract(fields.Datetime.now(), days=1) for user in self),
                    default=False)
        orders = self.env['sale.order'].search(
            Domain('departments_notified_at', '>', first) & Domain('state', '!=', 'cancel')) if self else ()
        for order_id, users in (orders._get_departments_to_notify() if orders else {}).items():
            for user in users & self:
                since = user.order_digest_at or fields.Datetime.subtract(fields.Datetime.now(), days=1)
                if orders.browse(order_id).departments_notified_at > since:
                    notices[user]['new_order'].append(order_id)
        self._add_to_order_digest(notices)
        self.env['order.notice']._send(notices)
        self.write({'order_digest_at': fields.Datetime.now()})

    def _add_to_order_digest(self, notices):
        """Hook: what else the daily summary tells these people.

        :param notices: dict as ``order.notice._send`` takes it, which is added to
        """
