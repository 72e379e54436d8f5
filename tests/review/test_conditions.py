"""Stages that ask about the customer find the right orders, at a cost that does not grow with the customers."""
from odoo import Command, fields
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestConditions(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_sales.active = cls.stage_finance.active = False
        cls.company_2 = cls._new_company("Second")
        cls.user_sales.company_ids |= cls.company_2
        # A customer with two contacts, and one with one.
        cls.known, cls.unknown = cls.env['res.partner'].create([
            {'name': "Known Ltd", 'child_ids': [Command.create({'name': "Buyer"})]}, {'name': "Unknown Ltd"}])

    def _order(self, partner, company=None, confirmed=False):
        order = self._new_order(
            partner_id=partner.id, company_id=(company or self.company).id,
            channel_id=False if company else self.channel.id)
        if confirmed:
            if company:
                order.with_user(self.user_sales).action_confirm()
            else:
                self._confirm(order)
        return order

    def _owe(self, partner, company=None, **vals):
        """:return: an overdue invoice over 100"""
        company = company or self.company
        invoice = self.env['account.move'].with_company(company).create({
            'move_type': 'out_invoice', 'partner_id': partner.id, 'invoice_date': '2020-01-01',
            'invoice_date_due': '2020-01-02',
            'invoice_line_ids': [Command.create({'name': "Chair", 'price_unit': 100, 'tax_ids': False})], **vals})
        invoice.action_post()
        return invoice

    def _assert_found(self, name, orders, expected):
        """The search says what the orders say, both ways round."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(orders.filtered(name), expected)
        for domain, found in (
            ([(name, '=', True)], expected), ([(name, '!=', False)], expected),
            ([(name, '=', False)], orders - expected), ([(name, '!=', True)], orders - expected),
            (['!', (name, '=', True)], orders - expected), ([(name, 'in', [True, False])], orders),
            (['|', (name, '=', True), ('id', '=', orders[0].id)], expected | orders[0]),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(
                    set(orders.search([('id', 'in', orders.ids), *domain])._ids), set(found._ids))
                self.assertEqual(set(orders.filtered_domain(domain)._ids), set(found._ids))

    def test_new_customer(self):
        first = self._order(self.known, confirmed=True)
        again = self._order(self.known.child_ids)
        elsewhere = self._order(self.known, self.company_2)
        twice = self._order(self.known.child_ids, confirmed=True)
        unknown = self._order(self.unknown)
        orders = first | again | elsewhere | twice | unknown
        self._assert_found('is_new_customer', orders, elsewhere | unknown)
        # The only confirmed order is nobody's other one.
        alone = self._order(self.unknown, confirmed=True)
        self._assert_found('is_new_customer', orders | alone, elsewhere | alone)

    def test_overdue_invoice(self):
        orders = self._order(self.known) | self._order(self.known.child_ids) | self._order(self.unknown)
        elsewhere = self._order(self.unknown, self.company_2)
        self._assert_found('customer_has_overdue_invoice', orders | elsewhere, orders.browse())
        self._owe(self.known.child_ids)
        self._owe(self.unknown, invoice_date_due=fields.Date.add(fields.Date.today(), days=3))
        self._assert_found('customer_has_overdue_invoice', orders | elsewhere, orders[:2])

    def test_instalments(self):
        term = self.env['account.payment.term'].create({'name': "Halves", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days}) for days in (0, 30)]})
        order = self._order(self.known)
        other = self._new_order(payment_term_id=term.id)
        without = self._new_order(payment_term_id=False)
        self._assert_found('has_instalments', order | other | without, other)

    def test_queries(self):
        """One query, whose length does not depend on how many customers there are."""
        for name in ('is_new_customer', 'customer_has_overdue_invoice', 'has_instalments'):
            lengths = set()
            for number in range(2):
                for index in range(3 * number):
                    partner = self.env['res.partner'].create({'name': f"Customer {index}"})
                    self._order(partner, confirmed=True)
                    self._owe(partner)
                self.env.flush_all()
                query = self.env['sale.order'].sudo()._search([(name, '=', True)])
                lengths.add((len(query.select().code), len(query.select().params)))
            with self.subTest(name=name):
                self.assertEqual(len(lengths), 1)

    def test_number_on_the_stage(self):
        """The number of open orders that a stage shows is the number of those that its button lists."""
        self._order(self.known, confirmed=True)
        again, unknown = self._order(self.known), self._order(self.unknown)
        self._order(self.unknown, self.company_2)
        stage = self.env['order.policy'].browse(self.policy.id).stage_ids.create({
            'policy_id': self._new_policy(stages=()).id, 'name': "New customers", 'role_id': self._role('legal').id,
            'domain': "[('is_new_customer', '=', True)]"}).with_user(self.user_manager)
        for domain, found, missing in (
            ("[('is_new_customer', '=', True)]", unknown, again),
            ("[('is_new_customer', '=', False)]", again, unknown),
            ("[]", again | unknown, again.browse()),
        ):
            with self.subTest(domain=domain):
                stage.domain = domain
                action = stage.action_preview()
                listed = self.env[action['res_model']].with_user(self.user_manager).with_context(
                    action['context']).search(action['domain'])
                self.assertEqual(stage.open_order_count, len(listed))
                self.assertLessEqual(set(found._ids), set(listed._ids))
                self.assertFalse(set(missing._ids) & set(listed._ids))
                self.assertEqual(listed.company_id, self.company)
