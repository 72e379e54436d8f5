from contextlib import contextmanager
from datetime import datetime

from freezegun import freeze_time

from odoo import fields

from ..common import LifecycleCommon

# A Monday, in a calendar of 8 to 17 with an hour of lunch, in UTC.
MONDAY = '2026-03-09 09:00:00'


class PeopleCommon(LifecycleCommon):
    """Orders whose finance review is pending, two people of finance, and a plain employee."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_finance2 = cls._new_user('finance2', 'sale_order_lifecycle.group_finance')
        for user in (*cls.users_by_login.values(), cls.user_finance2):
            user.notification_type = 'inbox'
        calendar = cls.env['resource.calendar'].create({'name': "Nine to Five", 'tz': 'UTC'})
        cls.policy.calendar_id = calendar
        cls.company.resource_calendar_id = calendar

    @contextmanager
    def _at(self, moment):
        """At another time; what depends on it is read anew, before and afterwards."""
        with freeze_time(moment):
            self.env.invalidate_all()
            yield
        self.env.invalidate_all()

    @staticmethod
    def _moment(text):
        return datetime.fromisoformat(text)

    def _new_finance_reviews(self, count=1, user=None, **vals):
        """Reviews that are pending with finance; sales (``user``) has approved its own."""
        orders = self._new_order(count, user=user, **vals).with_user(user or self.user_sales)
        orders.action_submit_and_review()
        return self._get_pending_reviews(orders).sudo(False)

    def _delegate(self, user=None, delegate=None, days=0, user_id=None, **vals):
        """A delegation of ``user`` to ``delegate`` that begins today and lasts ``days`` more, entered by ``user``."""
        user, today = user or self.user_finance, fields.Date.today()
        return self.env['order.review.delegation'].with_user(user_id or user).create({
            'user_id': user.id, 'delegate_id': (delegate or self.user_employee).id,
            'date_from': today, 'date_to': fields.Date.add(today, days=days), **vals,
        })

    def _run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f'sale_order_lifecycle.{name}').method_direct_trigger()
        self.env.invalidate_all()

    def _get_messages(self, user, since=0):
        """What has come to a person's inbox, oldest first."""
        return self.env['mail.notification'].sudo().search([
            ('res_partner_id', '=', user.partner_id.id), ('id', '>', since)], order='id').mail_message_id.filtered(
                lambda message: message.message_type == 'user_notification').sorted('id')

    def _get_subjects(self, user):
        return self._get_messages(user).mapped('subject')
