"""A shop sends the same order twice at the same time, each call in a transaction of its own (article I2)."""
import threading
import uuid
from unittest.mock import patch

from odoo import Command, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

SUPERUSER = api.SUPERUSER_ID


@tagged('post_install', '-at_install')
class TestSubmitConcurrency(BaseCase):
    """Real cursors and commits, in a company of its own: a TransactionCase has one cursor only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.key = uuid.uuid4().hex[:8]
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {'no_reset_password': True})
            company = env['res.company'].create({'name': f"Shop {cls.key}"})
            env.user.company_ids |= company
            env['order.policy'].create({'name': f"Policy {cls.key}", 'company_id': company.id}).action_adopt()
            env['product.product'].create({'name': "Thing", 'default_code': cls.key, 'company_id': company.id})
            user = env['res.users'].create({
                'name': "Shop", 'login': f'shop_{cls.key}', 'company_id': company.id,
                'company_ids': [Command.set(company.ids)],
                'group_ids': [Command.set([
                    env.ref('base.group_user').id, env.ref('sale_order_lifecycle.group_intake_api').id])]})
            cls.company_id, cls.user_id = company.id, user.id
        cls.addClassCleanup(cls._tear_down)

    @classmethod
    def _tear_down(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {})
            env['res.company'].browse(cls.company_id).order_policy_id.action_retire()
            env['res.users'].browse(cls.user_id).active = False

    def test_same_order_at_the_same_time(self):
        payload = {
            'reference': f'A-{self.key}', 'customer': {'name': "New", 'ref': 'N'},
            'lines': [{'sku': self.key, 'quantity': 1}],
        }
        barrier, results = threading.Barrier(2, timeout=30), {}
        find_known = self.registry['order.submission']._find_known_orders

        def find_together(submission, *args):
            known = find_known(submission, *args)
            if not tries.done:
                # Both have looked, and found nothing, before either creates.
                tries.done = True
                barrier.wait()
            return known

        tries = threading.local()

        def submit(index):
            tries.done = False
            with self.registry.cursor() as cr:
                env = api.Environment(cr, self.user_id, {})
                results[index] = retrying(
                    lambda: env['order.channel'].submit_orders('platform', [payload])[0], env)

        with (
            patch.object(self.registry['order.submission'], '_find_known_orders', find_together),
            mute_logger('odoo.sql_db', 'odoo.service.model'),
        ):
            threads = [threading.Thread(target=submit, args=(index,)) for index in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(sorted(result['status'] for result in results.values()), ['created', 'duplicate'])
        self.assertEqual(results[0]['order_id'], results[1]['order_id'])
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {})
            self.assertEqual(env['sale.order'].search_count([('company_id', '=', self.company_id)]), 1)
            self.assertEqual(env['res.partner'].search_count([('company_id', '=', self.company_id)]), 1)
            self.assertFalse(env['order.channel.refusal'].search([('company_id', '=', self.company_id)]))
