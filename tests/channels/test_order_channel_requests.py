import itertools
from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_submit_orders import SubmitCommon


@tagged('post_install', '-at_install')
class TestOrderChannelRequests(SubmitCommon):
    """What a shop asks about its orders and does with them, and what it does not get to see."""

    def _channel_as(self, user=None):
        return self.env['order.channel'].with_user(user or self.user_api)

    def _status(self, *references, user=None, code='shop'):
        return self._channel_as(user).order_status(code, list(references))

    def _cancel(self, *references, reason="Ordered by mistake", user=None, code='shop'):
        return self._channel_as(user).cancel_orders(code, list(references), reason)

    def assertAnswer(self, result, status, *expected):
        self.assertErrors(result, status, *expected)

    # -- status ---------------------------------------------------------------------------------

    def test_status_of_new_order(self):
        self.policy.intake_rule_ids = [Command.create({
            'name': "Term", 'domain': "[('payment_term_id', '!=', False)]", 'message': "Enter the payment term."})]
        self.partner.property_payment_term_id = False
        order = self._order(self._submit_one(received_at='2025-03-31T14:05:00+02:00', promised_date='2025-07-01'))
        self.assertEqual(self._status('A-1'), [{
            'reference': 'A-1', 'status': 'found', 'order_id': order.id, 'order_name': order.name, 'phase': 'intake',
            'received_at': '2025-03-31T12:05:00Z', 'confirmed_at': False, 'promised_date': '2025-07-01',
            'delivered_at': False, 'deliveries': [], 'tracking': [], 'cancellation_reason': False,
            'missing': ["Enter the payment term."], 'errors': [],
        }])

    def test_status_to_the_delivery(self):
        order = self._order(self._submit_one(payment_term="Test 30 Days", promised_date='2031-01-01'))
        self._submit(order, self.user_sales_manager)
        self.assertEqual(self._status('A-1')[0]['phase'], 'review')
        self._approve(order)
        with freeze_time('2030-05-01 10:00:00'):
            order.with_user(self.user_sales_manager).action_confirm()
            order.flush_recordset()
        result = self._status('A-1')[0]
        self.assertEqual((result['phase'], result['confirmed_at']), ('delivery', '2030-05-01T10:00:00Z'))
        first, rest = {self.product_stock: 1}, {self.product_stock: 1}
        with freeze_time('2030-05-02 10:00:00'):
            self._deliver(order.picking_ids, first)
        with freeze_time('2030-05-03 10:00:00'):
            self._deliver(order.picking_ids.filtered(lambda picking: picking.state != 'done'), rest)
        result = self._status('A-1')[0]
        self.assertEqual(
            [(delivery['delivered_at'], delivery['tracking']) for delivery in result['deliveries']],
            [('2030-05-02T10:00:00Z', False), ('2030-05-03T10:00:00Z', False)])
        self.assertEqual((result['delivered_at'], result['phase']), ('2030-05-03T10:00:00Z', 'settlement'))
        if 'carrier_tracking_ref' in order.picking_ids._fields:
            order.picking_ids.carrier_tracking_ref = 'TRACK'
            self.assertEqual(self._status('A-1')[0]['tracking'], ['TRACK'])

    def test_one_answer_per_reference(self):
        self._submit_orders(self._payload('A-1'), self._payload('A-2'))
        results = self._status('A-2', 'A-9', ' A-1 ', 'A-2', None, 7, '', 'a\x00', {'a': 1})
        self.assertEqual(
            [(result['reference'], result['status']) for result in results],
            [('A-2', 'found'), ('A-9', 'unknown'), ('A-1', 'found'), ('A-2', 'found'), (False, 'unknown'),
             (False, 'unknown'), (False, 'unknown'), ('a\N{REPLACEMENT CHARACTER}', 'unknown'), (False, 'unknown')])
        self.assertAnswer(results[1], 'unknown', ('unknown_reference', 'references[1]'))
        self.assertEqual(self._status(), [])

    def test_wrong_calls(self):
        self._submit_one()
        for code in ('nothing', None, 7, ['shop']):
            for result in (*self._status('A-1', code=code), *self._cancel('A-1', code=code)):
                self.assertAnswer(result, 'rejected', ('unknown_channel', 'channel_code'))
        for references in (None, 'A-1', 5, {'A-1': 1}):
            results = self._channel_as().order_status('shop', references)
            self.assertEqual(len(results), 1)
            self.assertAnswer(results[0], 'rejected', ('invalid_value', 'references'))
        self.env['ir.config_parameter'].set_param('sale_order_lifecycle.max_orders', '2')
        for result in self._status('A-1', 'A-2', 'A-3'):
            self.assertAnswer(result, 'rejected', ('too_large', 'references'))

    def test_other_channel_and_company(self):
        self.shop.copy({'code': 'market'})
        company = self._new_company(policy=True)
        self.user_api.company_ids |= company
        foreign = self.shop.copy({'code': 'foreign', 'company_id': company.id})
        self._submit_one()
        self.assertEqual(self._status('A-1', code='market')[0]['status'], 'unknown')
        self.assertAnswer(
            self._status('A-1', code='foreign')[0], 'rejected', ('unknown_channel', 'channel_code'))
        own = self._channel_as().with_company(company)
        self.assertEqual(own.order_status('foreign', ['A-1'])[0]['status'], 'unknown')
        own.submit_orders('foreign', [self._payload()])
        self.assertEqual(own.order_status('foreign', ['A-1'])[0]['status'], 'found')
        self.assertEqual(foreign.order_count, 1)

    def test_whose_orders(self):
        """A machine knows its own orders, sales staff those that they may read and those that they have sent."""
        other = self._new_user('other_api', 'sale_order_lifecycle.group_intake_api')
        self._submit_one()
        self._submit_one(user=self.user_sales, reference='A-2', salesperson='test_sales_manager')
        self._register(self._new_order(channel_id=self.shop.id, channel_reference='A-3'))
        for user, expected in (
            (self.user_api, ['found', 'unknown', 'unknown']), (other, ['unknown'] * 3),
            (self.user_sales, ['found', 'found', 'found']), (self.user_sales_manager, ['found'] * 3),
        ):
            with self.subTest(user=user.login):
                self.env['sale.order'].search([('channel_reference', '=', 'A-1')]).user_id = self.user_sales
                statuses = [result['status'] for result in self._status('A-1', 'A-2', 'A-3', user=user)]
                self.assertEqual(statuses, expected)
        self.assertEqual(self._cancel('A-1', user=other)[0]['status'], 'unknown')
        for login in ('manager', 'legal', 'employee', 'stock'):
            for su in (False, True):
                Channel = self._channel_as(self.users_by_login[login]).sudo(su)
                with self.subTest(login=login, su=su):
                    with self.assertRaises(AccessError):
                        Channel.order_status('shop', ['A-1'])
                    with self.assertRaises(AccessError):
                        Channel.cancel_orders('shop', ['A-1'], "No reason")

    def test_queries(self):
        numbers = itertools.count()

        def prepare(number):
            references = [f'Q-{next(numbers)}' for _index in range(number)]
            self._submit_orders(*(self._payload(reference) for reference in references))
            return references

        self.assertSameQueries(prepare, lambda references: self._status(*references), sizes=(1, 18))
        # Core notes the new state of each order with its values, one by one.
        self.assertSameQueries(
            prepare, lambda references: self._cancel(*references, user=self.user_api), sizes=(1, 18), more=36)

    # -- cancellation -----------------------------------------------------------------------------

    def test_cancel(self):
        results = self._submit_orders(self._payload('A-1'), self._payload('A-2'), self._payload('A-3'))
        orders = self.env['sale.order'].browse([result['order_id'] for result in results])
        self._submit(orders[1], self.user_sales_manager)
        with freeze_time('2030-05-01 10:00:00'):
            answers = self._cancel('A-1', 'A-2', 'A-9', 'A-1')
        self.assertEqual(
            [answer['status'] for answer in answers], ['cancelled', 'cancelled', 'unknown', 'already_cancelled'])
        self.assertEqual(answers[0], {
            'reference': 'A-1', 'status': 'cancelled', 'order_id': orders[0].id, 'order_name': orders[0].name,
            'errors': []})
        self.assertRecordValues(orders, [
            {'state': 'cancel', 'lifecycle_phase': 'cancelled', 'cancellation_reason': "Ordered by mistake",
             'cancellation_requested_at': datetime(2030, 5, 1, 10)},
            {'state': 'cancel', 'lifecycle_phase': 'cancelled', 'cancellation_reason': "Ordered by mistake",
             'cancellation_requested_at': datetime(2030, 5, 1, 10)},
            {'state': 'draft', 'lifecycle_phase': 'intake', 'cancellation_reason': False,
             'cancellation_requested_at': False},
        ])
        self.assertEqual(set(orders[1].review_ids.mapped('state')), {'cancelled'})
        self.assertIn("Ordered by mistake", str(orders[0].message_ids.mapped('body')))
        # It stays in the ledger, and the next call changes nothing.
        self.assertIn(orders[0], self.env['sale.order'].search([('received_at', '!=', False)]))
        count = len(orders[0].message_ids)
        self.assertEqual(self._cancel('A-1', reason="Again")[0]['status'], 'already_cancelled')
        self.assertEqual((orders[0].cancellation_reason, len(orders[0].message_ids)), ("Ordered by mistake", count))
        self.assertEqual(self._submit_one()['status'], 'duplicate')
        status = self._status('A-1')[0]
        self.assertEqual((status['phase'], status['cancellation_reason']), ('cancelled', "Ordered by mistake"))
        self.assertEqual(status['missing'], [])

    def test_too_late(self):
        order = self._order(self._submit_one(payment_term="Test 30 Days", promised_date=date(2031, 1, 1)))
        self._submit(order, self.user_sales_manager)
        self._approve(order)
        order.with_user(self.user_sales_manager).action_confirm()
        result = self._cancel('A-1', reason="Too <b>expensive</b>")[0]
        self.assertAnswer(result, 'too_late', ('too_late', 'references[0]'))
        self.assertEqual(order.state, 'sale')
        self.assertEqual(order.cancellation_reason, "Too <b>expensive</b>")
        self.assertIn("Too &lt;b&gt;expensive", str(order.message_ids.mapped('body')))
        count = len(order.message_ids)
        self.assertEqual(self._cancel('A-1')[0]['status'], 'too_late')
        self.assertEqual(len(order.message_ids), count)

    def test_reason_is_needed(self):
        self._submit_one()
        for reason, code in ((None, 'missing_field'), ('  ', 'missing_field'), (5, 'invalid_value'),
                             ('x' * 10001, 'invalid_value'), ('x\x00', 'invalid_value')):
            with self.subTest(reason=str(reason)[:5]):
                self.assertAnswer(self._cancel('A-1', reason=reason)[0], 'rejected', (code, 'reason'))
        self.assertEqual(self._status('A-1')[0]['phase'], 'intake')

    def test_one_that_cannot_be_cancelled(self):
        results = self._submit_orders(self._payload('A-1'), self._payload('A-2'))
        cancel = self.env.registry['sale.order']._action_cancel

        def refusing(orders):
            if 'A-1' in orders.mapped('channel_reference'):
                raise UserError("The stars are not right.")
            return cancel(orders)

        self.patch(self.env.registry['sale.order'], '_action_cancel', refusing)
        answers = self._cancel('A-1', 'A-2')
        self.assertEqual([answer['status'] for answer in answers], ['rejected', 'cancelled'])
        self.assertIn("The stars are not right.", answers[0]['errors'][0]['message'])
        self.assertFalse(self._order(results[0]).cancellation_reason)

    def test_wanted_again(self):
        order = self._order(self._submit_one())
        self._cancel('A-1')
        order.with_user(self.user_sales_manager).action_draft()
        self.assertFalse(order.cancellation_reason)
        self.assertEqual(self._cancel('A-1', reason="Second thoughts")[0]['status'], 'cancelled')
        self.assertEqual(order.cancellation_reason, "Second thoughts")

    def test_who_reads_it_may_not_cancel_it(self):
        """A salesperson who reviews for a department reads all orders of the company, and cancels only own ones."""
        user = self._new_user('both', 'sales_team.group_sale_salesman,sale_order_lifecycle.group_legal')
        self._submit_one(salesperson='test_sales_manager')
        order = self._order(self._submit_one(reference='A-2'))
        order.user_id = user
        self.assertEqual([result['status'] for result in self._status('A-1', 'A-2', user=user)], ['found', 'found'])
        results = self._cancel('A-1', 'A-2', user=user)
        self.assertEqual([result['status'] for result in results], ['unknown', 'cancelled'])
        self.assertFalse(results[0]['order_id'])

    # -- how much ---------------------------------------------------------------------------------

    def test_too_many_orders(self):
        self.env['ir.config_parameter'].set_param('sale_order_lifecycle.max_orders', '3')
        self.assertEqual(len(self._submit_orders(*(self._payload(f'A-{index}') for index in range(3)))), 3)
        sent = [self._payload(f'B-{index}') for index in range(3)] + ["no order"]
        results = []
        self.assertLess(self._count_queries(lambda: results.extend(self._submit_orders(*sent))), 15)
        self.assertEqual([result['reference'] for result in results], ['B-0', 'B-1', 'B-2', False])
        for result in results:
            self.assertAnswer(result, 'rejected', ('too_large', 'orders'))
        refusal = self.env['order.channel.refusal'].search([], limit=1)
        self.assertEqual(refusal.payload, {'orders': 4, 'lines': 3, 'references': ['B-0', 'B-1', 'B-2']})
        self.assertEqual(refusal.channel_id, self.shop)
        # Nonsense is no limit.
        for value in ('0', '-1', 'many', ''):
            self.env['ir.config_parameter'].set_param('sale_order_lifecycle.max_orders', value)
            self.assertEqual(self.env['order.submission']._get_limit('max_orders'), 1000)

    def test_too_many_lines(self):
        """Ten thousand lines, in one order and in many: refused before any of them is read."""
        line = {'sku': 'CHAIR', 'quantity': 1}
        results = self._submit_orders(self._payload('A-1', lines=[line] * 10000), self._payload('A-2'))
        for result in results:
            self.assertAnswer(result, 'rejected', ('too_large', 'orders'))
        self.assertAnswer(
            self._submit_one(lines=[line] * 10000), 'rejected', ('too_large', 'lines'))
        results = self._submit_orders(self._payload('A-1', lines=[line] * 1001), self._payload('A-2'))
        self.assertAnswer(results[0], 'rejected', ('too_large', 'lines'))
        self.assertEqual(results[1]['status'], 'created')

    def test_absurd_values(self):
        """Each ends in the error of its order, is kept as refused, and lets the others pass."""
        deep = []
        for _index in range(500):
            deep = [deep]
        line = {'sku': 'CHAIR', 'quantity': 1}
        bad = [
            {**line, 'quantity': value} for value in (
                float('nan'), float('inf'), float('-inf'), 1e308, -1, 0, True, '1', [1], {'a': 1}, 10 ** 400, None)
        ] + [
            {**line, 'unit_price': value} for value in (float('nan'), float('inf'), 1e308, -0.01, False, '1', deep)
        ] + [{**line, 'discount': 101}, {**line, 'sku': 5}, {**line, 'sku': deep}, {**line, 'price': 1}, deep, 5]
        sent = [self._payload(f'X-{index}', lines=[item]) for index, item in enumerate(bad)]
        before = self.env['order.channel.refusal'].search_count([])
        results = self._submit_orders(self._payload('A-1'), *sent, self._payload('A-2'))
        self.assertEqual([result['status'] for result in results], ['created', *['rejected'] * len(bad), 'created'])
        for result in results[1:-1]:
            self.assertTrue(result['errors'][0]['field'].startswith('lines[0]'), result)
        self.assertEqual(self.env['order.channel.refusal'].search_count([]) - before, len(bad))

    # -- what a machine reads ---------------------------------------------------------------------

    def test_reads_its_own(self):
        order = self._order(self._submit_one())
        self._submit_one(reference='A-2', lines=[{'sku': 'NONE', 'quantity': 1}])
        stranger = self._new_user('other_api', 'sale_order_lifecycle.group_intake_api')
        self._submit_orders(self._payload('A-3'), self._payload('A-4', lines=None), user=stranger)
        self._register(self._new_order(channel_id=self.shop.id))
        self.env.invalidate_all()
        as_machine = order.with_user(self.user_api)
        Order = self.env['sale.order'].with_user(self.user_api)
        self.assertEqual(Order.search([]), order)
        self.assertEqual(Order.env['sale.order.line'].search([]), order.order_line)
        self.assertEqual(Order.env['order.channel.refusal'].search([]).mapped('reference'), ['A-2'])
        self.assertEqual(as_machine.read(['channel_reference', 'amount_total'])[0]['channel_reference'], 'A-1')
        for record in (as_machine, as_machine.order_line):
            # All that it may read at once, as read() without names does.
            names = [name for name, field in record._fields.items() if record._has_field_access(field, 'read')]
            self.env.invalidate_all()
            self.assertTrue(record.read(names))
        # Managers who are machines as well still read all of the refusals.
        self.user_sales_manager.group_ids += self.env.ref('sale_order_lifecycle.group_intake_api')
        self.assertEqual(len(self.env['order.channel.refusal'].with_user(self.user_sales_manager).search(
            [('reference', 'in', ('A-2', 'A-4'))])), 2)

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model', 'odoo.models')
    def test_reads_nothing_else(self):
        order = self._order(self._submit_one(payment_term="Test 30 Days", promised_date='2031-01-01'))
        other = self._register(self._new_order())
        self._submit(order, self.user_sales_manager)
        self.env['ir.attachment'].create({
            'name': "contract.txt", 'raw': b'x', 'res_model': 'sale.order', 'res_id': order.id})
        order.message_post(body="Secret of the house")
        as_machine = order.with_user(self.user_api)
        self.assertTrue(order.review_ids)
        # Everybody may be somebody's delegate; a machine is nobody's.
        self.assertFalse(as_machine.env['order.review'].search([]))
        with self.assertRaises(AccessError):
            order.review_ids.with_user(self.user_api).read(['state'])
        for model in ('order.channel', 'order.policy', 'order.intake.rule', 'sale.report',
                      'account.move', 'stock.picking'):
            with self.subTest(model=model), self.assertRaises(AccessError):
                as_machine.env[model].search([])
        for name in ('review_ids', 'message_ids', 'received_payload', 'invoice_ids', 'activity_ids', 'margin'):
            if name in order._fields:
                with self.subTest(field=name), self.assertRaises(AccessError):
                    as_machine.read([name])
                with self.subTest(searched=name), self.assertRaises(AccessError):
                    as_machine.search([(name, '!=', False)])
        domain = [('res_id', '=', order.id)]
        self.assertFalse(as_machine.env['ir.attachment'].search([('res_model', '=', 'sale.order'), *domain]))
        self.assertFalse(as_machine.env['mail.message'].search([('body', 'ilike', "Secret of the house")]))
        with self.assertRaises(AccessError):
            order.message_ids.filtered(lambda message: "Secret" in message.body).with_user(self.user_api).read(['body'])
        self.assertFalse(as_machine.env['mail.activity'].search([('res_model', '=', 'sale.order'), *domain]))
        with self.assertRaises(AccessError):
            other.with_user(self.user_api).read(['name'])
        self._submit_one(reference='A-2', lines=None)
        for number, attempt in enumerate((
            lambda: as_machine.write({'note': "Mine"}),
            lambda: as_machine.order_line.write({'price_unit': 1}),
            lambda: as_machine.env['sale.order'].create({'partner_id': self.partner.id}),
            as_machine.unlink, as_machine.action_cancel, as_machine.action_submit_review,
            as_machine.action_register, lambda: as_machine.message_post(body="Mine"),
            lambda: as_machine.message_subscribe(self.user_api.partner_id.ids),
            lambda: as_machine.message_mail_with_source('sale.report_saleorder'),
            lambda: as_machine.env['mail.compose.message'].create({
                'model': 'sale.order', 'composition_mode': 'mass_mail', 'res_ids': str(order.ids), 'body': "Mine"}),
            lambda: as_machine.env['mail.template'].browse(
                self.env.ref('sale.email_template_edi_sale').id).send_mail(order.id),
            lambda: as_machine.activity_schedule('mail.mail_activity_data_todo', user_id=self.user_api.id),
            lambda: as_machine.search([], order='review_state'),
            lambda: as_machine.formatted_read_group([], ['review_state'], ['__count']),
            lambda: as_machine.search([('order_line.order_id.review_state', '=', 'in_review')]),
            lambda: as_machine.order_line.web_read({'order_id': {'fields': {'review_state': {}}}}),
            lambda: as_machine.env['res.partner'].search([('sale_order_ids.review_state', '=', 'in_review')]),
            lambda: as_machine.env['sale.order'].onchange(
                {'partner_id': self.partner.id}, ['partner_id'], {'partner_id': {}, 'pricelist_id': {}}),
            lambda: as_machine.env['order.channel.refusal'].search([]).unlink(),
            lambda: as_machine.env['ir.actions.report']._render_qweb_html(
                'sale_order_lifecycle.report_review_sheet', order.ids),
        )):
            with self.subTest(attempt=number), self.assertRaises(UserError):
                attempt()
        self.assertNotIn(self.user_api.partner_id, order.message_partner_ids)
