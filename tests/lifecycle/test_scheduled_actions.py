"""Each scheduled action goes through its records in one way: what fails keeps nothing else from being done."""
import re
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

JOB = 'res.partner._cron_test'
FAILURES = 'odoo.addons.sale_order_lifecycle.models.mixins.order_job_failure'


@tagged('post_install', '-at_install')
class TestScheduledActions(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env['res.partner'].create([
            {'name': f"Partner {number}", 'company_id': cls.company.id} for number in range(5)])
        cls.bad = cls.partners[1]
        cls.user_manager.notification_type = 'inbox'

    def setUp(self):
        super().setUp()
        self.calls = []

    @contextmanager
    def _in_job(self):
        """In a transaction of its own, as a scheduled action: with commits and rollbacks."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield self.env(cr=cr, user=self.env.ref('base.user_root'), su=True)
        self.env.invalidate_all()

    def _run(self, failing=None, error=None, records=None, size=2, work=None):
        """Let a scheduled action write the comment of each partner; it fails with one, after it has written it."""
        def write(partners):
            self.calls.append(partners.ids)
            partners.comment = "done"
            if failing and failing.id in partners.ids:
                raise error or UserError("The printer is out of paper.")

        self.calls = []
        with self._in_job() as env:
            records = (self.partners if records is None else records).with_env(env)
            return env['ir.cron']._work_off(JOB, records, work or write, size=size)

    def _get_done(self):
        return self.partners.filtered(lambda partner: 'done' in (partner.comment or ''))

    def _get_failures(self):
        return self.env['order.job.failure'].search([('job', '=', JOB)])

    def _get_messages(self, user=None):
        return self.env['mail.notification'].sudo().search([
            ('res_partner_id', '=', (user or self.user_manager).partner_id.id)]).mail_message_id.filtered(
                lambda message: 'res.partner._cron_test' in (message.subject or ''))

    # -- all of them ------------------------------------------------------------------------------

    def test_each_uses_it(self):
        """Whatever scheduled action comes next: it goes through its records like all others, under its own name."""
        crons = self.env['ir.cron'].with_context(active_test=False).browse(self.env['ir.model.data'].search([
            ('module', '=', 'sale_order_lifecycle'), ('model', '=', 'ir.cron')]).mapped('res_id'))
        self.assertGreaterEqual(len(crons), 10)
        jobs = []

        def work_off(_cron, job, *_args, **_kwargs):
            jobs.append(job)
            return True

        for cron in crons:
            with self.subTest(cron=cron.name):
                found = re.fullmatch(r'model\.(_cron_\w+)\(\)', cron.code.strip())
                self.assertTrue(found)
                jobs.clear()
                with patch.object(self.env.registry['ir.cron'], '_work_off', work_off):
                    getattr(self.env[cron.model_id.model], found[1])()
                self.assertEqual(jobs, [f'{cron.model_id.model}.{found[1]}'])

    # -- how it goes ------------------------------------------------------------------------------

    def test_chunks(self):
        self.assertTrue(self._run())
        ids = self.partners.ids
        self.assertEqual(self.calls, [ids[:2], ids[2:4], ids[4:]])
        self.assertEqual(self._get_done(), self.partners)
        self.assertFalse(self._get_failures())

    def test_one_fails(self):
        self.assertTrue(self._run(self.bad))
        ids = self.partners.ids
        self.assertEqual(self.calls, [ids[:2], [ids[0]], [ids[1]], ids[2:4], ids[4:]])
        self.assertEqual(self._get_done(), self.partners - self.bad, "and nothing is left of what has failed")
        failure = self._get_failures()
        self.assertRecordValues(failure, [{
            'name': JOB, 'res_model': 'res.partner', 'res_id': self.bad.id, 'record_name': "Partner 1",
            'company_id': self.company.id, 'error': "The printer is out of paper."}])
        message = self._get_messages()
        self.assertEqual(len(message), 1)
        self.assertIn("Partner 1", message.subject)
        self.assertIn("out of paper", message.body)
        # What has failed comes last, by itself, and nobody hears of it again.
        self._run(self.bad, UserError("The printer is on fire."))
        self.assertEqual(self.calls, [[ids[0], ids[2]], ids[3:], [ids[1]]])
        self.assertEqual((self._get_failures(), failure.error), (failure, "The printer is on fire."))
        self.assertEqual(self._get_messages(), message)
        # It succeeds, and that it fails later is news.
        self._run()
        self.assertEqual(self._get_done(), self.partners)
        self.assertFalse(self._get_failures())
        self._run(self.bad)
        self.assertEqual(len(self._get_messages()), 2)

    def test_halves(self):
        """What is told of many in one message stays together, but for the one that fails."""
        self._run(self.bad, size=4)
        ids = self.partners.ids
        self.assertEqual(self.calls, [ids[:4], ids[:2], [ids[0]], [ids[1]], ids[2:4], ids[4:]])
        self.assertEqual(self._get_done(), self.partners - self.bad)

    def test_half_begun_again(self):
        """What a part has done stays when the next one has to begin again."""
        failed = []

        def work(partners):
            partners.comment = "done"
            if len(partners) == 4:
                raise UserError("Not all of them at once.")
            if self.bad in partners and not failed:
                failed.append(1)
                raise ConcurrencyError("Somebody else")

        self.bad = self.partners[3]
        self._run(work=work, size=4)
        self.assertTrue(failed)
        self.assertEqual(self._get_done(), self.partners)
        self.assertFalse(self._get_failures())

    @mute_logger(FAILURES)
    def test_any_error(self):
        """An error in the database does no more harm than a sentence."""
        def work(partners):
            partners.comment = "done"
            if self.bad.id in partners.ids:
                partners.env.cr.execute("SELECT 1 / 0")

        with mute_logger('odoo.sql_db'):
            self._run(work=work)
        self.assertEqual(self._get_done(), self.partners - self.bad)
        self.assertIn("DivisionByZero", self._get_failures().error)

    def test_all_fail(self):
        def work(partners):
            raise UserError("No.")

        self.assertTrue(self._run(work=work))
        self.assertEqual(len(self._get_failures()), 5)
        self.assertEqual(len(self._get_messages()), 5)

    def test_begun_again(self):
        """Whoever else has changed the same records is no failure."""
        failed = []

        def work(partners):
            self.calls.append(partners.ids)
            partners.comment = "done"
            if self.bad.id in partners.ids and len(failed) < 2:
                failed.append(1)
                raise ConcurrencyError("Somebody else")

        self._run(work=work)
        self.assertEqual(self.calls, [self.partners.ids[:2]] * 3 + [self.partners.ids[2:4], self.partners.ids[4:]])
        self.assertEqual(self._get_done(), self.partners)
        self.assertFalse(self._get_failures())
        # And if that goes on it is left to the next run.
        self.assertTrue(self._run(self.bad, ConcurrencyError("Somebody else")))
        self.assertEqual(self.calls[-2:], [self.partners.ids[2:4], self.partners.ids[4:]])
        self.assertFalse(self._get_failures())

    def test_time_is_over(self):
        with patch.object(self.env.registry['ir.cron'], '_commit_progress', side_effect=[1, 0]):
            self.assertFalse(self._run())
        self.assertEqual(self.calls, [self.partners.ids[:2]])

    def test_more_to_do(self):
        """One record may take several steps, each committed."""
        self._run(records=self.partners[:2], size=1, work=lambda partner: (
            self.calls.append(partner.id), len(self.calls) < 3)[1])
        self.assertEqual(self.calls, [self.partners[0].id] * 3 + [self.partners[1].id])

    def test_several_models(self):
        roles = self.env['order.role'].search([], limit=2)
        with self._in_job() as env:
            env['ir.cron']._work_off(
                JOB, [self.partners[:1].with_env(env), roles.with_env(env)],
                lambda partners, found: self.calls.append((partners.ids, found.ids)), size=2)
        self.assertEqual(self.calls, [(self.partners[:1].ids, roles[:1].ids), ([], roles[1:].ids)])

    def test_not_tried_again(self):
        """Where a record is not tried again, the managers hear that, and nothing is kept of it."""
        kept = []
        with self._in_job() as env:
            env['ir.cron']._work_off(
                JOB, self.bad.with_env(env), lambda partners: 1 / 0, size=1,
                on_failure=lambda record, error: bool(kept.append((record.id, type(error)))))
        self.assertEqual(kept, [(self.bad.id, ZeroDivisionError)])
        self.assertFalse(self._get_failures())
        self.assertIn("not tried again", self._get_messages().body)

    # -- who is told ------------------------------------------------------------------------------

    def test_managers_of_the_company(self):
        company = self._new_company("Second")
        stranger = self._new_user('stranger', 'sale_order_lifecycle.group_manager', company=company)
        gone = self._new_user('gone', 'sale_order_lifecycle.group_manager', active=False)
        (stranger | gone).notification_type = 'inbox'
        self._run(self.bad)
        self.assertEqual(len(self._get_messages()), 1)
        self.assertFalse(self._get_messages(stranger) or self._get_messages(gone))
        Failure = self.env['order.job.failure']
        self.assertEqual(Failure.with_user(self.user_manager).search([('job', '=', JOB)]), self._get_failures())
        self.assertFalse(Failure.with_user(stranger).search([('job', '=', JOB)]))

    def test_language_of_the_manager(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.env['ir.module.module']._load_module_terms(['sale_order_lifecycle'], ['zh_CN'])
        self.user_manager.lang = 'zh_CN'
        self._run(self.bad)
        self.assertRegex(self._get_messages().body, '[\u4e00-\u9fff]{4}')

    @mute_logger(FAILURES)
    def test_nobody_can_be_told(self):
        def fail(*_args, **_kwargs):
            raise ValueError("No mail")

        with patch.object(self.env.registry['mail.thread'], 'message_notify', fail):
            self._run(self.bad)
        self.assertEqual(self._get_done(), self.partners - self.bad)
        self.assertTrue(self._get_failures())

    def test_list_of_failures(self):
        self._run(self.bad)
        failure = self._get_failures().with_user(self.user_manager)
        self.assertEqual(failure.action_open()['res_id'], self.bad.id)
        # What a scheduled action has nothing to do with any more is no failure.
        self._run(records=self.partners[2:])
        self.assertFalse(failure.exists())
        order = self._new_order()
        failure = failure.sudo()._create_guarded([{
            'job': JOB, 'name': JOB, 'res_model': 'sale.order', 'res_id': order.id, 'record_name': order.name,
            'company_id': self.company.id, 'error': "No."}]).with_user(self.user_manager).sudo(False)
        self.assertEqual(failure.action_open()['res_id'], order.id)
        order.unlink()
        with self.assertRaisesRegex(UserError, "no longer exists"):
            failure.action_open()


@tagged('post_install', '-at_install')
class TestOneFails(LifecycleCommon):
    """The scheduled actions themselves, with one record that fails."""

    def _run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f'sale_order_lifecycle.{name}').method_direct_trigger()
        self.env.invalidate_all()

    @contextmanager
    def _failing(self, model, method, record):
        Model = self.env.registry[model]
        origin = getattr(Model, method)

        def fail(records, *args, **kwargs):
            if record.id in records.ids:
                raise UserError("This one is broken.")
            return origin(records, *args, **kwargs)

        with patch.object(Model, method, fail):
            yield

    def _assert_failure(self, job, record):
        failure = self.env['order.job.failure'].search([('job', '=', job)])
        self.assertRecordValues(failure, [{
            'res_id': record.id, 'error': "This one is broken.", 'company_id': self.company.id}])
        self.assertNotEqual(failure.name, job)

    def test_expired_approvals(self):
        self.stage_finance.validity_days = 30
        orders = self._accept(self._new_order(3))
        orders.sudo().review_ids.filtered('valid_until')._write_guarded({'valid_until': '2020-01-01 00:00:00'})
        with self._failing('sale.order', '_sync_reviews', orders[0]):
            self._run_cron('ir_cron_lapse_reviews')
        self.assertEqual(orders.mapped('review_state'), ['approved', 'in_review', 'in_review'])
        self._assert_failure('order.review._cron_lapse', orders[0])
        self._run_cron('ir_cron_lapse_reviews')
        self.assertEqual(orders[0].review_state, 'in_review')

    def test_deadlines(self):
        self.stage_sales.sla_hours = 8
        reviews = self._get_pending_reviews(self._submit(self._new_order(3)))
        reviews._write_guarded({'reminder_at': '2020-01-01 00:00:00'})
        with self._failing('order.review', '_notify_reminder', reviews[1]):
            self._run_cron('ir_cron_follow_review_deadlines')
        self.assertEqual([bool(review.reminded_at) for review in reviews], [True, False, True])
        self._assert_failure('order.review._cron_follow_deadlines', reviews[1])

    def test_notices(self):
        reviews = self._get_pending_reviews(self._submit(self._new_order(3)))
        reviews._write_guarded({'deadline_start': '2020-01-01 00:00:00'})
        with self._failing('order.review', '_get_turn_holders', reviews[1]):
            self._run_cron('ir_cron_notify_reviewers')
        self.assertEqual([bool(review.notified_at) for review in reviews], [True, False, True])
        self._assert_failure('order.review._cron_notify_reviewers', reviews[1])

    def test_people_who_have_left(self):
        orders = self._submit(self._new_order(3))
        self._get_pending_reviews(orders).with_user(self.user_sales).sudo(False).action_approve()
        reviews = self._get_pending_reviews(orders)
        self.user_finance.active = False
        with self._failing('order.review', '_report_undecidable', reviews[1]):
            self._run_cron('ir_cron_report_people_changed')
        self.assertEqual([bool(review.undecidable_at) for review in reviews], [True, False, True])
        self._assert_failure('order.review._cron_report_people_changed', reviews[1])

    def test_policies(self):
        first, second = (self._new_policy(company, effective_date='2020-01-01') for company in (
            self.company, self._new_company("Second")))
        (first | second)._write_guarded({
            'scheduled_at': '2019-12-01 00:00:00', 'scheduled_by_id': self.user_manager.id})
        self.user_manager.company_ids |= second.company_id
        self.env.flush_all()
        Policy = self.env.registry['order.policy']
        origin = Policy._adopt_as_scheduled

        def fail(policy):
            if policy.id == first.id:
                raise ValueError("A bug")
            return origin(policy)

        with patch.object(Policy, '_adopt_as_scheduled', fail), mute_logger(FAILURES):
            self._run_cron('ir_cron_adopt_scheduled')
        self.assertEqual((first.state, second.state), ('draft', second.search([
            ('id', '=', self.policy.id)]).state))
        self.assertTrue(first.scheduled_at)
        self.assertIn("ValueError: A bug", self.env['order.job.failure'].search([('res_id', '=', first.id)]).error)

    def test_mails_to_customers(self):
        orders = self._new_order(2)
        template = self.env.ref('sale.email_template_edi_sale')
        orders.pending_email_template_id = template
        with self._failing('sale.order', '_write_to_customer', orders[0]):
            self._run_cron('ir_cron_write_to_customers')
        self.assertEqual(orders.mapped('pending_email_template_id.id'), [template.id])
        self.assertTrue(orders[0].pending_email_template_id)
        self._assert_failure('sale.order._cron_write_to_customers', orders[0])

    def test_digest(self):
        users = self.user_finance | self.user_legal
        users.order_notice_mode = 'digest'
        with patch.object(self.env.registry['res.users'], '_is_order_digest_due', lambda user: user in users), \
                self._failing('res.users', '_send_order_digest', self.user_finance):
            self._run_cron('ir_cron_send_order_digest')
        self.assertEqual([bool(user.order_digest_at) for user in users], [False, True])
        self._assert_failure('res.users._cron_send_order_digest', self.user_finance)
        # It stays on the list until it is this person's morning again.
        with patch.object(self.env.registry['res.users'], '_is_order_digest_due', lambda user: False):
            self._run_cron('ir_cron_send_order_digest')
        self._assert_failure('res.users._cron_send_order_digest', self.user_finance)
