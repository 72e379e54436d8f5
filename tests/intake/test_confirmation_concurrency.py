"""Two people of the customer answer at the same time, each in a transaction of its own: one answer stands (I4)."""
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..concurrency import ConcurrencyCommon, Meeting


@tagged('post_install', '-at_install')
class TestConfirmationConcurrency(ConcurrencyCommon):

    people = {'sales': 'sales_team.group_sale_salesman'}

    @classmethod
    def _set_up(cls, env):
        super()._set_up(env)
        product = env['product.product'].create({'name': "Thing", 'type': 'service', 'company_id': cls.company_id})
        order = cls._new_orders(env, 1, order_line=[Command.create({'product_id': product.id})])
        order.partner_id.sudo().email = f'{cls.key}@customer.example.com'
        order.action_register()
        order.action_request_confirmation()
        cls.order_id = order.id

    def test_two_answers(self):
        meeting = Meeting()
        has_open_request = self.registry['sale.order']._has_open_confirmation_request

        def ask_together(order):
            # Both have seen that the order waits for an answer before either has given it.
            result = has_open_request(order)
            meeting.wait()
            return result

        def answer(value):
            def job(env):
                order = env['sale.order'].with_user(env.ref('base.public_user')).sudo().browse(self.order_id)
                order._take_customer_answer(value, value, "Six", order._get_confirmation_digest())
                return value
            return job

        with (
            patch.object(self.registry['sale.order'], '_has_open_confirmation_request', ask_together),
            mute_logger('odoo.sql_db', 'odoo.service.model'),
        ):
            results = self._run_together((None, answer('confirmed')), (None, answer('correction')))
        given = [result for result in results if isinstance(result, str)]
        refused = [result for result in results if isinstance(result, UserError)]
        self.assertEqual((len(given), len(refused)), (1, 1), results)
        self.assertIn("waiting for your answer", str(refused[0]))
        with self._acting() as env:
            order = env['sale.order'].browse(self.order_id)
            self.assertEqual([order.customer_answer, order.customer_answered_by], given * 2)
            self.assertEqual(bool(order.customer_confirmed_at), given == ['confirmed'])
