"""The customer signs while the last department approves, each in a transaction of its own (article R5)."""
import threading
import uuid

from odoo import Command, api, fields
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged

from .common import SIGNATURE

SUPERUSER = api.SUPERUSER_ID


@tagged('post_install', '-at_install')
class TestSignWhileApproved(BaseCase):
    """Real cursors and commits, in a company of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            cls._set_up(api.Environment(cr, SUPERUSER, {'no_reset_password': True, 'mail_create_nosubscribe': True}))
        cls.addClassCleanup(cls._tear_down)

    @classmethod
    def _set_up(cls, env):
        key = uuid.uuid4().hex[:8]
        company = env['res.company'].create({'name': f"Signed {key}"})
        cls.company_id = company.id

        def new_user(role, group):
            return env['res.users'].create({
                'name': f"{role} {key}", 'login': f'{role}_{key}', 'company_id': company.id,
                'company_ids': [Command.set(company.ids)],
                'group_ids': [Command.set([env.ref('base.group_user').id, env.ref(group).id])]}).id

        cls.sales_id = new_user('sales', 'sales_team.group_sale_salesman')
        cls.finance_id = new_user('finance', 'sale_order_lifecycle.group_finance')
        cls.public_id = env.ref('base.public_user').id
        policy = env['order.policy'].create({
            'name': f"Policy {key}", 'company_id': company.id, 'stage_ids': [Command.create({
                'name': "Finance", 'role_id': env['order.role']._get_by_code('finance').id})]})
        env.user.company_ids |= company
        policy.action_adopt()
        channel = env['order.channel'].search([('company_id', '=', company.id)], limit=1)
        partner = env['res.partner'].create({'name': f"Customer {key}"})
        product = env['product.product'].create({'name': f"Work {key}", 'type': 'service', 'taxes_id': False})
        orders = env['sale.order'].with_user(cls.sales_id).create([{
            'partner_id': partner.id, 'channel_id': channel.id, 'require_signature': True, 'require_payment': False,
            'order_line': [Command.create({'product_id': product.id, 'product_uom_qty': 1, 'price_unit': 100})],
        } for _index in range(3)])
        orders.action_submit_review()
        cls.order_ids = orders.ids

    @classmethod
    def _tear_down(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {})
            env['res.company'].browse(cls.company_id).order_policy_id.action_retire()
            env['res.users'].browse([cls.sales_id, cls.finance_id]).active = False

    def _sign(self, env, order_id):
        order_sudo = env['sale.order'].browse(order_id).sudo()
        order_sudo.write({'signed_by': "Ann", 'signed_on': fields.Datetime.now(), 'signature': SIGNATURE})
        env.cr.flush()
        order_sudo._validate_order()

    def _approve(self, env, order_id):
        env['order.review'].search([('order_id', '=', order_id), ('state', '=', 'pending')]).action_approve()

    def _run_together(self, order_id):
        """Customer and reviewer have read the order before one of them writes."""
        barrier = threading.Barrier(2, timeout=30)
        errors = []

        def run(user_id, action):
            tries = []
            with self.registry.cursor() as cr:
                env = api.Environment(cr, user_id, {})

                def attempt():
                    self.assertTrue(env['sale.order'].browse(order_id).sudo().review_state)
                    if not tries:
                        tries.append(True)
                        barrier.wait()
                    action(env, order_id)

                try:
                    retrying(attempt, env)
                except Exception as error:
                    errors.append(error)

        threads = [
            threading.Thread(target=run, args=(self.public_id, self._sign)),
            threading.Thread(target=run, args=(self.finance_id, self._approve))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertFalse(errors)

    def test_sign_while_approved(self):
        """Whoever is first: one confirmed order, and the signature is there."""
        for order_id in self.order_ids:
            self._run_together(order_id)
            with self.registry.cursor() as cr:
                order = api.Environment(cr, SUPERUSER, {})['sale.order'].browse(order_id)
                self.assertEqual((order.state, order.review_state, order.signed_by), ('sale', 'approved', "Ann"))
                self.assertTrue(order.signature)
                self.assertEqual(len(order.review_ids.filtered(lambda review: review.state == 'approved')), 1)
