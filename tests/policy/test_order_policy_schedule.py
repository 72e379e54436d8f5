from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PolicyCommon

DAY = date(2031, 3, 10)


@tagged('post_install', '-at_install')
class TestOrderPolicySchedule(PolicyCommon):
    """A policy with a later effective date takes force on that day by itself (article P3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = 'Asia/Shanghai'
        cls.cron = cls.env.ref('sale_order_lifecycle.ir_cron_adopt_scheduled')

    def _schedule(self, policy=None, user=None, **kwargs):
        policy = policy or self._new_policy(effective_date=DAY)
        with freeze_time('2031-03-01 09:00:00'):
            policy.with_user(user or self.user_manager).with_company(policy.company_id).action_adopt(**kwargs)
        return policy

    def _run_cron(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_schedule(self):
        self._adopt(self.policy)
        policy = self._schedule()
        self.assertRecordValues(policy, [{
            'state': 'draft', 'effective_date': DAY, 'scheduled_at': datetime(2031, 3, 1, 9),
            'scheduled_by_id': self.user_manager.id, 'include_open_quotations': False, 'is_frozen': True,
        }])
        self.assertEqual(self.company.order_policy_id, self.policy)
        # It is looked at when the day begins in Shanghai.
        trigger = self.env['ir.cron.trigger'].search([('cron_id', '=', self.cron.id)], order='id desc', limit=1)
        self.assertEqual(trigger.call_at, datetime(2031, 3, 9, 16))

    def test_takes_force_on_its_day(self):
        """Not before midnight where the company works; in the name of the person who has scheduled it."""
        self._adopt(self.policy)
        follower, free = self._new_quotation(), self._new_quotation()
        free.policy_id = False
        policy = self._schedule()
        self._run_cron('2031-03-09 15:59:00')
        self.assertEqual((self.policy.state, policy.state), ('in_force', 'draft'))
        self._run_cron('2031-03-09 16:01:00')
        self.assertEqual((self.policy.state, policy.state), ('retired', 'in_force'))
        self.assertRecordValues(policy, [{
            'effective_date': DAY, 'scheduled_at': False, 'scheduled_by_id': False,
        }])
        self.assertEqual(policy.message_ids[:1].author_id, self.user_manager.partner_id)
        self.assertEqual(self.company.order_policy_id, policy)
        self.assertEqual(follower.policy_id, policy)
        self.assertFalse(free.policy_id)

    def test_open_quotations(self):
        """What was said about open quotations holds for those that are open on the day."""
        policy = self._schedule(include_open_quotations=True)
        self.assertTrue(policy.include_open_quotations)
        order = self._new_quotation()
        self.assertFalse(order.policy_id)
        self._run_cron('2031-03-12 08:00:00')
        self.assertEqual(order.policy_id, policy)

    def test_second_company(self):
        """Each company has its own day, its own scheduled policy, its own midnight."""
        company = self._new_company()
        self.user_manager.company_ids |= company
        company.resource_calendar_id = self.env['resource.calendar'].create({
            'name': "Lima", 'company_id': company.id, 'tz': 'America/Lima'})
        policy, other = self._schedule(), self._schedule(self._new_policy(company, effective_date=DAY))
        self._run_cron('2031-03-10 04:00:00')
        self.assertEqual((policy.state, other.state), ('in_force', 'draft'))
        self._run_cron('2031-03-10 05:00:00')
        self.assertEqual(other.state, 'in_force')
        self.assertEqual(company.order_policy_id, other)
        self.assertEqual(self.company.order_policy_id, policy)

    def test_one_scheduled_per_company(self):
        first = self._schedule()
        with self.assertRaisesRegex(UserError, "cancel that schedule first"):
            self._schedule()
        with self.assertRaisesRegex(UserError, "takes effect automatically on"):
            self._schedule(first)
        # One that takes force at once is no schedule.
        self._adopt(self.policy)
        self.assertEqual(self.policy.state, 'in_force')
        self.assertTrue(first.scheduled_at)

    def test_cancel(self):
        policy = self._schedule()
        for user in (self.user_sales_manager, self.user_finance, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                policy.with_user(user).sudo().action_cancel_schedule()
        policy.with_user(self.user_manager).action_cancel_schedule()
        self.assertRecordValues(policy, [{
            'state': 'draft', 'scheduled_at': False, 'scheduled_by_id': False, 'effective_date': DAY}])
        self._run_cron('2031-03-12 08:00:00')
        self.assertEqual(policy.state, 'draft')
        with self.assertRaisesRegex(UserError, "is not scheduled"):
            policy.with_user(self.user_manager).action_cancel_schedule()
        policy.with_user(self.user_manager).effective_date = False
        self._schedule()

    def test_scheduled_rules_do_not_change(self):
        """What the company waits for is what it gets; persons and working hours stay free."""
        policy = self._schedule().with_user(self.user_manager)
        duty = policy.responsibility_ids[0]
        for attempt in (
            lambda: policy.write({'effective_date': date(2031, 4, 1)}), lambda: policy.write({'name': "Other"}),
            lambda: policy.sudo().write({'effective_date': False}), policy.unlink,
            lambda: duty.write({'duties': "Other"}), duty.unlink,
            lambda: policy.write({'responsibility_ids': [Command.create({'role_id': self._role('legal').id})]}),
        ):
            with self.assertRaisesRegex(UserError, "cancel the schedule first"), self.env.cr.savepoint():
                attempt()
        duty.user_id = self.user_sales
        policy.calendar_id = False

    def test_person_is_no_manager_any_more(self):
        """The managers are told, and nothing takes force in the right of somebody who has none."""
        gone = self._new_user('gone', 'sale_order_lifecycle.group_manager')
        cases = {
            'group': lambda: gone.write({'group_ids': [Command.unlink(
                self.env.ref('sale_order_lifecycle.group_manager').id)]}),
            'archived': lambda: gone.write({'active': False}),
        }
        for name, leave in cases.items():
            with self.subTest(name=name):
                policy = self._schedule(user=gone)
                leave()
                self._run_cron('2031-03-10 08:00:00')
                self.assertRecordValues(policy, [{'state': 'draft', 'scheduled_at': False}])
                self.assertFalse(self.company.order_policy_id)
                activity = policy.activity_ids.filtered(lambda a: a.user_id == self.user_manager)
                self.assertEqual(len(activity), 1)
                self.assertIn("is no longer a manager of the order lifecycle", activity.note)
                gone.sudo().write({'active': True, 'group_ids': [Command.link(
                    self.env.ref('sale_order_lifecycle.group_manager').id)]})

    def test_one_failure_does_not_hold_up_the_others(self):
        company = self._new_company()
        self.user_manager.company_ids |= company
        broken, fine = self._schedule(), self._schedule(self._new_policy(company, effective_date=DAY))
        adopt = type(broken)._take_over_quotations

        def fail(policies, *args):
            if broken in policies:
                raise RuntimeError("no disk")
            return adopt(policies, *args)

        self.patch(type(broken), '_take_over_quotations', fail)
        with mute_logger('odoo.addons.sale_order_lifecycle.models.policy.order_policy_schedule'):
            self._run_cron('2031-03-12 08:00:00')
        self.assertEqual(fine.state, 'in_force')
        self.assertEqual((broken.state, bool(broken.scheduled_at)), ('draft', True))
        self.patch(type(broken), '_take_over_quotations', adopt)
        self._run_cron('2031-03-13 08:00:00')
        self.assertEqual(broken.state, 'in_force')

    def test_many(self):
        company = self._new_company()
        self.user_manager.company_ids |= company
        policies = self._new_policy(effective_date=DAY) | self._new_policy(company)
        manager = self.user_manager.with_context(allowed_company_ids=policies.company_id.ids)
        with freeze_time('2031-03-01 09:00:00'):
            policies.with_env(manager.env(user=manager)).action_adopt()
        self.assertEqual(policies.mapped('state'), ['draft', 'in_force'])
        self.assertTrue(policies[0].scheduled_at)
