"""Two people decide at the same time, each in a transaction of his own (articles R5, R6)."""
import threading
import uuid

from odoo import Command, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged

SUPERUSER = api.SUPERUSER_ID


@tagged('post_install', '-at_install')
class TestTwoDeciders(BaseCase):
    """Real cursors and commits, in a company of its own: a TransactionCase has one cursor only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {'no_reset_password': True, 'mail_create_nosubscribe': True})
            cls._set_up(env)
        cls.addClassCleanup(cls._tear_down)

    @classmethod
    def _set_up(cls, env):
        key = uuid.uuid4().hex[:8]
        company = env['res.company'].create({'name': f"Deciders {key}"})
        cls.company_id = company.id

        def new_user(role, group):
            return env['res.users'].create({
                'name': f"{role} {key}", 'login': f'{role}_{key}', 'company_id': company.id,
                'company_ids': [Command.set(company.ids)],
                'group_ids': [Command.set([env.ref('base.group_user').id, env.ref(group).id])]})

        cls.user_ids = {
            'sales': new_user('sales', 'sales_team.group_sale_salesman').id,
            'finance': new_user('finance', 'sale_order_lifecycle.group_finance').id,
            'finance2': new_user('finance2', 'sale_order_lifecycle.group_finance').id,
            'legal': new_user('legal', 'sale_order_lifecycle.group_legal').id,
        }
        role = env['order.role']._get_by_code
        policy = env['order.policy'].create({
            'name': f"Policy {key}", 'company_id': company.id,
            'stage_ids': [Command.create({'name': code, 'role_id': role(code).id}) for code in ('finance', 'legal')]})
        env.user.company_ids |= company
        policy.action_adopt()
        channel = env['order.channel'].search([('company_id', '=', company.id)], limit=1)
        partner = env['res.partner'].create({'name': f"Customer {key}"})
        orders = env['sale.order'].with_user(cls.user_ids['sales']).create([
            {'partner_id': partner.id, 'channel_id': channel.id} for _index in range(2)])
        orders.action_submit_review()
        cls.order_ids = orders.ids

    @classmethod
    def _tear_down(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {})
            env['res.company'].browse(cls.company_id).order_policy_id.action_retire()
            env['res.users'].browse(cls.user_ids.values()).active = False

    def _decide_together(self, decisions):
        """Each decision has read the order before any of them writes.

        :param decisions: list of (user key, review id)
        :return: list of errors, None where the decision was taken
        """
        barrier = threading.Barrier(len(decisions), timeout=30)
        errors = [None] * len(decisions)

        def decide(index, user_id, review_id):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, user_id, {})
                review = env['order.review'].browse(review_id)
                tries = []

                def attempt():
                    self.assertTrue(review.order_id.open_review_count is not None)
                    if not tries:
                        tries.append(True)
                        barrier.wait()
                    review.action_approve()

                try:
                    retrying(attempt, env)
                except Exception as error:
                    errors[index] = error

        threads = [
            threading.Thread(target=decide, args=(index, self.user_ids[key], review_id))
            for index, (key, review_id) in enumerate(decisions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return errors

    def _get_reviews(self, env, order_id):
        return {
            review.role_id.code: review for review in
            env['order.review'].search([('order_id', '=', order_id)])}

    def test_last_two_approvals_together(self):
        with self.registry.cursor() as cr:
            reviews = self._get_reviews(api.Environment(cr, SUPERUSER, {}), self.order_ids[0])
            decisions = [('finance', reviews['finance'].id), ('legal', reviews['legal'].id)]
        self.assertEqual(self._decide_together(decisions), [None, None])
        with self.registry.cursor() as cr:
            order = api.Environment(cr, SUPERUSER, {})['sale.order'].browse(self.order_ids[0])
            self.assertEqual((order.review_state, order.open_review_count), ('approved', 0))

    def test_same_review_twice(self):
        with self.registry.cursor() as cr:
            review_id = self._get_reviews(api.Environment(cr, SUPERUSER, {}), self.order_ids[1])['finance'].id
        errors = self._decide_together([('finance', review_id), ('finance2', review_id)])
        self.assertEqual(errors.count(None), 1)
        refused = next(error for error in errors if error)
        self.assertIsInstance(refused, UserError)
        self.assertIn("has already decided", str(refused))
        with self.registry.cursor() as cr:
            order = api.Environment(cr, SUPERUSER, {})['sale.order'].browse(self.order_ids[1])
            self.assertEqual(order.open_review_count, 1)
