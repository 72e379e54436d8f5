import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...models.channels import order_payload
from .test_submit_orders import SubmitCommon

DOCS = Path(__file__).parents[2] / 'docs'


@tagged('post_install', '-at_install')
class TestApiExamples(SubmitCommon, HttpCase):
    """What the documentation shows works, and what it says is so."""

    def _run(self, *command, key=None):
        if key is None:
            key = self.env['res.users.apikeys'].with_user(self.user_api).sudo()._generate(
                'rpc', 'test', fields.Datetime.now() + timedelta(days=1))
        environment = {
            **os.environ, 'ODOO_URL': self.base_url(), 'ODOO_API_KEY': key, 'ODOO_DATABASE': self.env.cr.dbname,
            'PYTHONIOENCODING': 'utf-8'}
        self.env.flush_all()
        with self.allow_requests(all_requests=True):
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=120, env=environment, cwd=DOCS / 'examples')
        self.env.invalidate_all()
        return done

    def _python(self, *arguments, **kwargs):
        return self._run(sys.executable, 'submit_orders.py', *arguments, **kwargs)

    def _columns(self, done, count=2):
        return [tuple(line.split('\t')[:count]) for line in done.stdout.splitlines() if not line.startswith('\t')]

    def test_python(self):
        done = self._python('submit', 'shop', 'orders.json')
        self.assertEqual((done.returncode, done.stderr), (1, ''))
        self.assertEqual(self._columns(done), [('W-1001', 'created'), ('W-1002', 'created'), ('W-1003', 'rejected')])
        self.assertIn('unknown_product\tlines[0].sku', done.stdout)
        orders = self.env['sale.order'].search([('channel_reference', 'in', ('W-1001', 'W-1002'))], order='id')
        self.assertEqual(orders.registered_by_id, self.user_api)
        self.assertEqual(orders[0].partner_id.ref, '4711')
        done = self._python('status', 'shop', 'W-1001', 'W-1003')
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self._columns(done), [('W-1001', 'found'), ('W-1003', 'unknown')])
        done = self._python('cancel', 'shop', "Ordered by mistake", 'W-1002')
        self.assertEqual((done.returncode, self._columns(done)), (0, [('W-1002', 'cancelled')]))
        self.assertEqual(orders[1].state, 'cancel')
        self.assertEqual(orders[1].cancellation_reason, "Ordered by mistake")

    @mute_logger('odoo.http')
    def test_python_with_a_wrong_key(self):
        done = self._python('submit', 'shop', 'orders.json', key='wrong')
        self.assertEqual((done.returncode, done.stdout), (1, ''))
        self.assertTrue(done.stderr.startswith('401'), done.stderr)

    def test_curl(self):
        self.assertTrue(shutil.which('curl'), "curl is not installed")
        done = self._run('./submit_orders.sh', 'shop', 'orders.json', 'W-1001')
        self.assertEqual(done.returncode, 0, done.stderr)
        submitted, found, cancelled = (json.loads(line) for line in done.stdout.splitlines())
        self.assertEqual([result['status'] for result in submitted], ['created', 'created', 'rejected'])
        self.assertEqual((found[0]['status'], found[0]['promised_date']), ('found', '2031-04-15'))
        self.assertEqual(cancelled[0]['status'], 'cancelled')

    def test_schema(self):
        """The schema names what is read, with its limits."""
        schema = json.loads((DOCS / 'order.schema.json').read_text())
        order = schema['properties']
        self.assertEqual(tuple(order), order_payload.ORDER_KEYS)
        for name in ('customer', 'delivery_address'):
            self.assertEqual(tuple(order[name]['properties']), order_payload.ADDRESS_KEYS)
        line = order['lines']['items']['properties']
        self.assertEqual(tuple(line), order_payload.LINE_KEYS)
        self.assertEqual(order['lines']['maxItems'], order_payload.MAX_LINES)
        self.assertEqual(line['quantity']['maximum'], order_payload.MAX_QUANTITY)
        self.assertEqual(line['unit_price']['maximum'], order_payload.MAX_PRICE)
        self.assertEqual(order['reference']['maxLength'], order_payload.MAX_TEXT)
        self.assertEqual(order['note']['maxLength'], order_payload.MAX_LONG_TEXT)
        # What is required there is what is missed here.
        _order, problems = order_payload.read_order({'customer': {'ref': 'x'}, 'lines': [{}]}, fields.Datetime.now())
        self.assertEqual({problem.field for problem in problems}, {
            'reference', *(f'customer.{name}' for name in order['customer']['required']),
            *(f'lines[0].{name}' for name in order['lines']['items']['required'])})

    def test_documented(self):
        """Every code, status and limit that can be answered is explained."""
        text = (DOCS / 'api.md').read_text()
        calls, errors = text.partition('## Calls')[2].split('\n## Errors')
        Channel = self.env.registry['order.channel']
        for method in ('submit_orders', 'order_status', 'cancel_orders'):
            section = calls.partition(f'### `{method}(')[2].partition('\n### ')[0]
            promise = getattr(Channel, method).__doc__
            statuses = re.findall(r'"(\w+)"', re.search(r'"status":((?:\s*\|?\s*"\w+")+)', promise)[1])
            self.assertGreater(len(statuses), 2, promise)
            for status in statuses:
                with self.subTest(method=method, status=status):
                    self.assertIn(f'\n| `{status}` |', section)
            for code in re.findall(r'``(\w+)``', promise.partition('the codes are')[2]):
                with self.subTest(method=method, code=code):
                    self.assertIn(f'`{code}`', errors)
        # What the code itself answers is promised, and so explained.
        found = set()
        for path in (DOCS.parent / 'models/channels').glob('order_*.py'):
            source = path.read_text()
            found.update(re.findall(r"(?:Problem|self\.refuse)\(\s*'(\w+)'", source))
        self.assertGreater(len(found), 10, found)
        for code in found:
            with self.subTest(code=code):
                self.assertIn(f'`{code}`', text)
        for status in (200, 400, 401, 403, 404, 415, 422):
            self.assertIn(f'\n| {status} |', text)
        for name in ('max_orders', 'max_lines', 'max_call_lines'):
            self.assertIn(f'| {getattr(order_payload, name.upper())} | `sale_order_lifecycle.{name}` |', text)
        for phase in self.env['sale.order']._fields['lifecycle_phase'].get_values(self.env):
            if phase != 'quotation':
                self.assertIn(f'`{phase}`', text)
