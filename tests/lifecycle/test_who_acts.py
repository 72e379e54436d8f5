"""Superuser rights say neither who acts nor whose values they are (articles R5, X1): core runs values of people so."""
import xmlrpc.client
from contextlib import suppress

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

MODULE = 'sale_order_lifecycle'
MAIL = """From: Employee <employee@example.com>
To: catchall@example.com
Subject: Hello
Message-ID: <who-acts-%s@example.com>
Date: Mon, 09 Mar 2026 09:00:00 +0000
Content-Type: text/plain; charset=utf-8

Hello
"""


@tagged('post_install', '-at_install')
class TestWhoActs(LifecycleCommon):
    """What holds for every model of the addon, those of later rooms too."""

    def _get_models(self):
        """:return: the stored models that the addon has brought"""
        return [
            model for model in self.env.values()
            if model._original_module == MODULE and not model._abstract and not model._transient and model._auto]

    def _may_anybody(self, model, operation):
        return bool(self.env['ir.model.access'].search_count([
            ('model_id.model', '=', model._name), (f'perm_{operation}', '=', True), ('active', '=', True)]))

    def test_nested_values_are_those_of_the_person(self):
        for model in (*self._get_models(), self.env['sale.order']):
            with self.subTest(model=model._name):
                self.assertFalse(model._allow_sudo_commands)

    def test_rows_that_only_actions_make(self):
        """Where nobody has the right to create a row, superuser rights of anybody do not give it."""
        made = [model for model in self._get_models() if not self._may_anybody(model, 'create')]
        self.assertIn(self.env['order.review'], made)
        for model in made:
            with self.subTest(model=model._name):
                self.assertTrue(model._made_by_actions)
                for user in (self.user_sales_manager, self.user_manager, self.user_employee):
                    with self._in_transaction_of(user):
                        with self.assertRaises(AccessError):
                            model.with_user(user).sudo().create({})
                        if not self._may_anybody(model, 'unlink'):
                            with self.assertRaises(AccessError):
                                model.with_user(user).sudo().browse(1).unlink()

    def test_defaults_come_from_the_code(self):
        """A person's own defaults fill nothing in rows that only actions make."""
        user = self.user_sales
        for model in self._get_models():
            if not getattr(model, '_made_by_actions', False):
                continue
            names = [
                name for name, field in model._fields.items()
                if field.store and field.type in ('char', 'text', 'integer', 'float', 'boolean', 'date', 'datetime')]
            before = model.with_user(user).sudo().default_get(names)
            for name in names:
                field = model._fields[name]
                value = {
                    'integer': 77, 'float': 77.0, 'boolean': not before.get(name), 'date': '2031-01-01',
                    'datetime': '2031-01-01 00:00:00',
                }.get(field.type, 'own')
                self.env['ir.default'].with_user(user).sudo().set(model._name, name, value, user_id=user.id)
            with self.subTest(model=model._name):
                own = model.with_user(user).sudo()
                self.assertEqual(own.default_get(names).keys(), before.keys())
                sent = {f'default_{name}': 'own' for name in names if model._fields[name].type == 'char'}
                self.assertEqual(own.with_context(**sent).default_get(names).keys(), before.keys())

    def test_superuser_opens_no_guarded_field(self):
        """Automation rules and the mail gateway are superusers with the id of a person."""
        order = self._submit(self._new_order())
        review = self._get_pending_reviews(order)
        self.draft = self._new_policy()
        with self._in_transaction_of(self.user_employee):
            for record, vals in (
                (order, {'policy_id': False}), (order, {'review_state': 'approved'}), (review, {'state': 'approved'}),
                (self.draft, {'version': 9}), (self.company, {'order_policy_id': False}),
            ):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    record.with_user(self.user_employee).sudo().write(vals)
            # The mark cannot be sent, whatever stands in the context in its place.
            for mark in (True, 'x', {}, object()):
                with self.subTest(mark=mark), self.assertRaises(AccessError):
                    order.with_user(self.user_employee).sudo().with_context(order_lifecycle_acting=mark).write({
                        'policy_id': False})

    def test_scheduled_actions_are_odoobot(self):
        order = self._submit(self._new_order())
        order.sudo().write({'review_round': 7})
        self.assertEqual(order.review_round, 7)
        with self.assertRaises(AccessError):
            order.sudo().with_context(order_lifecycle_outside=True).write({'review_round': 8})


@tagged('post_install', '-at_install')
class TestWhoActsRpc(LifecycleCommon, HttpCase):
    """The public gateway of mails takes values of people and creates as superuser."""

    def setUp(self):
        super().setUp()
        self.order = self._submit(self._new_order())
        self.review = self._get_pending_reviews(self.order)
        self.user_employee.password = 'employee-password'
        # Of other people the gateway takes the mail alone; what holds for these holds for all.
        self.user_employee.group_ids += self.env.ref('base.group_system')
        self.env.flush_all()

    @mute_logger('odoo.http', 'odoo.orm.models', 'odoo.addons.mail.models.mail_thread')
    def _process(self, model, custom_values):
        """Send a mail with values to the gateway over RPC, which may refuse them."""
        self.count = getattr(self, 'count', 0) + 1
        with suppress(xmlrpc.client.Fault):
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.user_employee.id, 'employee-password', 'mail.thread', 'message_process',
                [model, MAIL % self.count, custom_values])
        self.env.invalidate_all()

    def test_order_and_reviews_through_a_contact(self):
        order, review = self.order, self.review
        for values in (
            {'sale_order_ids': [[1, order.id, {'policy_id': False}]]},
            {'sale_order_ids': [[1, order.id, {'review_state': 'approved'}]]},
            {'sale_order_ids': [[1, order.id, {'state': 'sale'}]]},
            {'sale_order_ids': [[1, order.id, {'client_order_ref': "Forged"}]]},
            {'sale_order_ids': [[1, order.id, {'review_ids': [[1, review.id, {
                'state': 'approved', 'decided_by_id': self.user_finance.id}]]}]]},
            {'sale_order_ids': [[2, order.id, 0]]},
            {'sale_order_ids': [[0, 0, {'policy_id': self.policy.id, 'review_state': 'approved'}]]},
        ):
            with self.subTest(values=values):
                self._process('res.partner', {'name': "Somebody", **values})
                self.assertRecordValues(order, [{
                    'policy_id': self.policy.id, 'review_state': 'in_review', 'state': 'draft',
                    'client_order_ref': False}])
                self.assertRecordValues(review, [{'state': 'pending', 'decided_by_id': False}])

    def test_gateway_takes_values(self):
        """Otherwise the others would prove nothing."""
        self._process('res.partner', {'name': "Gateway"})
        self.assertTrue(self.env['res.partner'].search([('name', '=', "Gateway")]))

    def test_mail_alone(self):
        """Somebody who administers nothing hands over a mail, no values and no record."""
        self.user_employee.group_ids -= self.env.ref('base.group_system')
        order = self._confirm(self._new_order(lines=[(self.product_service, 3)]))
        quotation = self._new_order()
        journal = self.env['account.journal'].search(
            [('type', '=', 'sale'), ('company_id', '=', self.company.id)], limit=1)

        def bill(line):
            return {'name': "Gateway", 'invoice_ids': [[0, 0, {
                'move_type': 'out_invoice', 'partner_id': self.partner.id, 'journal_id': journal.id,
                'invoice_line_ids': [[0, 0, {'name': "x", 'sale_line_ids': [line]}]]}]]}
        lines = len(quotation.order_line)
        self.env.flush_all()
        for values in (
            {'name': "Gateway"}, bill([1, order.order_line.id, {'qty_delivered': 3}]),
            bill([1, quotation.order_line[:1].id, {'price_unit': 1}]),
            bill([0, 0, {'order_id': quotation.id, 'product_id': self.product_stock.id}]),
        ):
            self._process('res.partner', values)
        self.assertFalse(self.env['res.partner'].search([('name', '=', "Gateway")]))
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertEqual(len(quotation.order_line), lines)
        self.assertNotIn(1, quotation.order_line.mapped('price_unit'))
        messages = order.message_ids
        with suppress(xmlrpc.client.Fault):
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.user_employee.id, 'employee-password', 'mail.thread', 'message_process',
                ['sale.order', MAIL % 'thread', False, False, False, order.id])
        self.env.invalidate_all()
        self.assertEqual(order.message_ids, messages)

    def test_mail_without_an_address(self):
        """A mail that no address leads anywhere becomes no record of a model that the sender may not create."""
        self.user_employee.group_ids -= self.env.ref('base.group_system')
        self.env.flush_all()
        models = [
            model for model in self.env.values()
            if model._original_module == 'sale_order_lifecycle' and isinstance(model, self.env.registry['mail.thread'])
            and not model._abstract]
        self.assertIn('order.policy', [model._name for model in models])
        for model in models:
            with self.subTest(model=model._name):
                before = model.with_context(active_test=False).search([])
                self._process(model._name, False)
                self.assertEqual(model.with_context(active_test=False).search([]), before)

    def test_new_rows(self):
        """No order is born approved and no policy in force, and nobody makes an own dossier."""
        for model, values in (
            ('order.policy', {'name': "Mine", 'company_id': self.company.id, 'state': 'in_force'}),
            ('order.archive', {'order_id': self.order.id, 'state': 'sealed'}),
            ('order.settlement', {'order_id': self.order.id, 'settled_at': fields.Datetime.to_string(
                fields.Datetime.now())}),
            ('order.measure', {'state': 'decided'}),
        ):
            with self.subTest(model=model, values=values):
                before = self.env[model].search([])
                self._process(model, values)
                self.assertFalse(self.env[model].search([]) - before)
        # A mail may become an order, yet one that is to be reviewed.
        before = self.env['sale.order'].search([])
        for values in ({'review_state': 'approved'}, {'policy_id': False}, {'state': 'sale'}):
            self._process('sale.order', {'partner_id': self.partner.id, **values})
        for order in self.env['sale.order'].search([]) - before:
            self.assertEqual((order.policy_id, order.state), (self.policy, 'draft'))
            self.assertNotIn(order.review_state, ('in_review', 'approved'))

    def test_own_values_of_an_employee(self):
        """An own default of an employee plans for no department and answers no check."""
        self.stage_finance.write({'check_ids': [Command.create({'name': "Credit", 'required': True})]})
        self.user_sales.password = 'sales-password'
        self.env.flush_all()
        for model, name, value in (
            ('order.review', 'planned_date', '2031-01-01'), ('order.review.check', 'result', 'ok'),
            ('order.review', 'comment', "Fine"), ('order.settlement', 'note', "Settled"),
        ):
            if name not in self.env[model]._fields:
                continue
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.user_sales.id, 'sales-password', 'ir.default', 'set',
                [model, name, value], {'user_id': True})
        order = self._new_order()
        self.env.flush_all()
        for method in ('action_register', 'action_submit_review'):
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.user_sales.id, 'sales-password', 'sale.order', method, [order.ids])
        self.env.invalidate_all()
        reviews = order.sudo().review_ids
        self.assertTrue(reviews)
        self.assertEqual(set(reviews.mapped('planned_date')), {False})
        self.assertEqual(set(reviews.mapped('comment')), {False})
        self.assertFalse(any(reviews.check_ids.mapped('result')))
