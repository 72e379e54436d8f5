"""Attacks on the ledger and on what machines submit (articles I1, I2)."""
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import tagged

from .test_submit_orders import SubmitCommon

SCRIPT = '<img src=x onerror="alert(1)">'


@tagged('post_install', '-at_install')
class TestAttacksOnIntake(SubmitCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_other = cls._new_company("Other Company", policy=True)
        cls.channel_other = cls.env['order.channel'].create({
            'name': "Shop", 'code': 'shop', 'company_id': cls.company_other.id})
        cls.user_invoicing = cls._new_user('invoicing', 'account.group_account_invoice')

    # -- submitting ---------------------------------------------------------------------------------

    def test_company_of_the_context(self):
        for user in (self.user_api, self.user_sales):
            Channel = self.env['order.channel'].with_user(user).with_context(
                allowed_company_ids=[self.company_other.id])
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                Channel.submit_orders('shop', [self._payload()])
        self.assertFalse(self.env['sale.order'].search([('company_id', '=', self.company_other.id)]))

    def test_salesperson_of_another_company(self):
        self._new_user('elsewhere', 'sales_team.group_sale_salesman', company=self.company_other)
        for login in ('test_elsewhere', 'test_employee', 'test_finance'):
            with self.subTest(login=login):
                self.assertErrors(
                    self._submit_one(reference=login, salesperson=login), 'rejected',
                    ('unknown_salesperson', 'salesperson'))

    def test_markup_is_text(self):
        result = self._submit_one(
            note=SCRIPT, customer={'name': SCRIPT, 'phone': SCRIPT},
            lines=[{'sku': 'CHAIR', 'quantity': 1, 'name': SCRIPT}])
        order = self._order(result)
        self.assertNotIn('<img', order.note)
        self.assertIn('&lt;img', order.note)
        self._accept(order)
        for message in order.message_ids + order.partner_id.message_ids:
            self.assertNotIn('<img', message.body)
        review = order.review_ids[0]
        order.with_user(self.user_sales).order_line.price_unit = 3
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_return(SCRIPT)
        for text in (*order.message_ids.mapped('body'), *order.activity_ids.mapped(lambda a: a.note or '')):
            self.assertNotIn('<img', text)
        self.assertTrue(review.voided_at)
        self.assertErrors(self._submit_one(
            reference='A-2', **{SCRIPT: 1}), 'rejected', ('invalid_value', SCRIPT))

    def test_partners_are_not_changed(self):
        """An order that names an employee or the company itself is an order of theirs, and no more."""
        for number, partner in enumerate((self.user_finance.partner_id, self.company.partner_id)):
            partner.write({'ref': f'P-{number}', 'phone': "1", 'street': "Here"})
            before = partner.read(['name', 'email', 'phone', 'street', 'vat', 'company_id', 'user_ids'])
            order = self._order(self._submit_one(reference=f'P-{number}', customer={
                'ref': f'P-{number}', 'name': "Thief", 'email': 'thief@example.com', 'phone': "2",
                'street': "There"}))
            self.assertEqual(order.partner_id, partner)
            self.assertEqual(
                partner.read(['name', 'email', 'phone', 'street', 'vat', 'company_id', 'user_ids']), before)

    def test_records_of_another_company_are_not_found(self):
        self.partner.write({'company_id': self.company_other.id, 'vat': 'XX1234567'})
        self._new_product("Theirs", default_code='THEIRS', company_id=self.company_other.id)
        result = self._submit_one(lines=[{'sku': 'THEIRS', 'quantity': 1}])
        self.assertErrors(result, 'rejected', ('unknown_product', 'lines[0].sku'))
        result = self._submit_one(
            reference='A-2', customer={'name': "Copy", 'vat': 'XX1234567'}, lines=[{'sku': 'SETUP', 'quantity': 1}])
        self.assertNotEqual(self._order(result).partner_id, self.partner)

    def test_private_doors(self):
        for model, method in (('order.submission', '_submit'), ('order.submission', '_create_orders'),
                              ('sale.order', '_action_register'), ('sale.order', '_submit_registered')):
            with self.subTest(method=method), self.assertRaises(AccessError):
                get_public_method(self.env[model].with_user(self.user_api), method)

    # -- the ledger ---------------------------------------------------------------------------------

    def test_facts_of_registration(self):
        order = self._register(self._new_order())
        facts = {'received_at': '2020-01-01 00:00:00', 'registered_by_id': self.user_legal.id,
                 'received_payload': {'reference': "Forged"}, 'channel_id': self.shop.id,
                 'channel_reference': "Forged"}
        users = (self.user_sales, self.user_sales_manager, self.user_manager, self.user_invoicing, self.user_stock,
                 self.user_mrp, self.user_buyer, self.user_api)
        for user in users:
            for name, value in facts.items():
                with self.subTest(user=user.login, field=name), self.assertRaises(UserError):
                    order.with_user(user).write({name: value})
            with self.subTest(user=user.login), self.assertRaises(UserError):
                order.with_user(user).action_register('2020-01-01')
            with self.subTest(user=user.login), self.assertRaises(UserError):
                order.with_user(user).unlink()

    def test_other_departments_change_nothing_that_was_agreed(self):
        order = self._register(self._new_order())
        for user in (self.user_invoicing, self.user_stock, self.user_mrp):
            for vals in (
                {'partner_id': self.vendor.id}, {'payment_term_id': False}, {'user_id': user.id},
                {'note': "Free"}, {'commitment_date': False}, {'promised_date': '2031-01-01'}, {'name': "S0"},
                {'order_line': [Command.update(order.order_line.id, {'price_unit': 1})]},
                {'order_line': [Command.delete(order.order_line.id)]},
                {'order_line': [Command.create({'product_id': self.product_service.id})]},
            ):
                with self.subTest(user=user.login, vals=vals), self.assertRaises(UserError), self.env.cr.savepoint():
                    order.with_user(user).write(vals)

    def test_channel_of_another_company(self):
        self.user_sales.with_company(self.company).order_channel_id = self.channel_other
        self.company.order_channel_id = False
        order = self._new_order(channel_id=False)
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).action_register()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.with_user(self.user_sales).channel_id = self.channel_other

    def test_order_of_another_company(self):
        order = self._new_order(company_id=self.company_other.id, user=self.env.user)
        for user in (self.user_sales, self.user_sales_manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                order.with_user(user).action_register()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                order.with_user(user).action_submit_review()
