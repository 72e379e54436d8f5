"""A shop sends the same order twice at the same time, each call in a transaction of its own (article I2)."""
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..concurrency import ConcurrencyCommon, Meeting


@tagged('post_install', '-at_install')
class TestSubmitConcurrency(ConcurrencyCommon):

    people = {'shop': 'sale_order_lifecycle.group_intake_api'}

    @classmethod
    def _set_up(cls, env):
        super()._set_up(env)
        env['product.product'].create({'name': "Thing", 'default_code': cls.key, 'company_id': cls.company_id})

    def test_same_order_at_the_same_time(self):
        payload = {
            'reference': f'A-{self.key}', 'customer': {'name': "New", 'ref': 'N'},
            'lines': [{'sku': self.key, 'quantity': 1}],
        }
        meeting = Meeting()
        find_known = self.registry['order.submission']._find_known_orders

        def find_together(submission, *args):
            # Both have looked, and found nothing, before either creates.
            known = find_known(submission, *args)
            meeting.wait()
            return known

        def submit(env):
            return env['order.channel'].submit_orders('platform', [payload])[0]

        with (
            patch.object(self.registry['order.submission'], '_find_known_orders', find_together),
            mute_logger('odoo.sql_db', 'odoo.service.model'),
        ):
            results = self._run_together(('shop', submit), ('shop', submit))
        self.assertEqual(sorted(result['status'] for result in results), ['created', 'duplicate'])
        self.assertEqual(results[0]['order_id'], results[1]['order_id'])
        with self._acting() as env:
            self.assertEqual(env['sale.order'].search_count([('company_id', '=', self.company_id)]), 1)
            self.assertEqual(env['res.partner'].search_count([('company_id', '=', self.company_id)]), 1)
            self.assertFalse(env['order.channel.refusal'].search([('company_id', '=', self.company_id)]))
