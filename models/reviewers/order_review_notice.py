from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

# How long what begins is gathered, and how near a deadline may be before nothing is gathered any more.
GATHERING = timedelta(minutes=5)
CLOSE = timedelta(hours=1)
_BATCH = 500


class OrderReview(models.Model):
    """Whose turn it is hears of it, in one message for what begins within a few minutes, and nobody else does."""
    _inherit = 'order.review'

    notified_at = fields.Datetime(
        "Notified On", readonly=True,
        help="When the users who have to decide were notified; reset when other users have to decide.")

    _unnotified_index = models.Index("(deadline_start) WHERE state = 'pending' AND notified_at IS NULL")

    # -- what begins ----------------------------------------------------------------------------

    def _activate(self):
        result = super()._activate()
        self._announce()
        self.order_id._lifecycle_event('review_pending', reviews=self)
        # A review that had to wait for an earlier stage once more still has its question.
        self.filtered('is_asked')._pause_clock()
        return result

    def _resume_clock(self):
        # The reviewer who waited for an answer has to decide again; what is decided in the pause is nobody's.
        resumed = self.filtered('paused_at')
        result = super()._resume_clock()
        resumed.filtered(lambda review: review.state == 'pending')._announce()
        return result

    def _announce(self):
        """Somebody has to decide from now on: notify, at once where the deadline is close."""
        if not self:
            return
        self.filtered('notified_at')._write_guarded({'notified_at': False})
        close = fields.Datetime.now() + CLOSE
        self._trigger_notifications(at_once=any(review.deadline and review.deadline <= close for review in self))

    @api.model
    def _trigger_notifications(self, at_once=False):
        """Have people notified when what begins now has been gathered, or at once."""
        now = fields.Datetime.now()
        self.env.ref('sale_order_lifecycle.ir_cron_notify_reviewers')._trigger(at=now if at_once else now + GATHERING)

    def _get_people_to_notify(self):
        """:return: ``res.users`` who hear at once that something concerns these pending reviews: whose turn it is"""
        return self.env['res.users'].sudo().union(*self._get_turn_holders().values())

    # -- telling --------------------------------------------------------------------------------

    @api.model
    def _get_to_notify_domain(self):
        """:return: Domain of the reviews that nobody has been notified of; while an answer is awaited it is none"""
        return (
            Domain('state', '=', 'pending') & Domain('notified_at', '=', False) & Domain('paused_at', '=', False)
        )

    @api.model
    def _is_time_to_notify(self):
        """Whether something has been gathered long enough, or is urgent; then everything that waits is sent.

        :return: bool
        """
        now = fields.Datetime.now()
        due = (
            Domain('deadline_start', '<=', now - GATHERING) | Domain('deadline_start', '=', False)
            | Domain('deadline', '<=', now + CLOSE)
        )
        waiting = Domain('submitted_at', '<=', now - GATHERING)
        return bool(
            self.search_count(self._get_to_notify_domain() & due, limit=1)
            or self.env['sale.order']._search_departments_to_notify(waiting, limit=1)
        )

    @api.model
    def _cron_notify_reviewers(self):
        """Notify people of what has come to them, one message each; those who want a digest get it there."""
        reviews, orders = self.browse(), self.env['sale.order'].sudo()
        if self._is_time_to_notify():
            reviews = self.search(self._get_to_notify_domain(), order='id')
            orders = orders._search_departments_to_notify()
        self.env['ir.cron']._work_off(
            'order.review._cron_notify_reviewers', [reviews, orders],
            # Whoever has decided meanwhile hears nothing.
            lambda reviews, orders: reviews.filtered_domain(self._get_to_notify_domain())._notify_reviewers(
                orders.filtered(lambda order: order.departments_to_notify and order.state != 'cancel')),
            size=_BATCH, allow_referencing=True)

    def _notify_reviewers(self, orders):
        """Notify those who have to decide these reviews, and the departments concerned of new orders.

        :param orders: ``sale.order`` that were passed on to review
        """
        notices = defaultdict(lambda: defaultdict(list))
        for kind, people in (('turn', self._get_turn_holders()), ('new_order', orders._get_departments_to_notify())):
            for record_id, users in people.items():
                for user in users:
                    if user._is_notified_of_orders_at_once():
                        notices[user][kind].append(record_id)
        self.env['order.notice']._send(notices)
        now = fields.Datetime.now()
        self._write_guarded({'notified_at': now})
        orders._write_guarded({'departments_to_notify': False, 'departments_notified_at': now})

    def _notify_forwarded(self, user, note):
        """Notify the colleague at once, with the note, as the request is personal."""
        user_sudo = user.sudo()
        there = self.env['order.notice'].sudo().with_context(lang=user_sudo.lang, tz=user_sudo.tz or 'UTC')
        there._post(user, there.env._(
            "%(person)s forwarded to you: %(reviews)s", person=self.env.user.name,
            reviews=", ".join(self.mapped('display_name'))),
            {'note': note, 'sections': [there._get_section('turn', self.ids)]})

    # -- activity menu --------------------------------------------------------------------------

    @api.model
    def _get_worklist_domain(self):
        return Domain('can_decide', '=', True) & Domain('paused_at', '=', False)

    @api.model
    def _get_worklist_title(self):
        return self.env._("Orders to Review")
