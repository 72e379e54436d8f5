"""A person's own default states no fact in the documents that core makes in that person's name (articles F1, S1)."""
import json

from odoo.tests import tagged

from odoo.addons.sale_order_lifecycle.models.policy.ir_default import FACTS

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestOwnDefaults(LifecycleCommon):

    def _keep(self, user, model, values):
        names = self.env['ir.model.fields']._get_ids(model)
        self.env['ir.default'].with_user(user).create([{
            'field_id': names[name], 'user_id': user.id, 'json_value': json.dumps(value),
        } for name, value in values.items()])

    def test_facts_have_no_own_default(self):
        user = self.user_sales
        values = {
            'boolean': True, 'integer': 7, 'float': 7.0, 'monetary': 7.0, 'char': "Own", 'text': "Own", 'html': "Own",
            'date': '2020-01-01', 'datetime': '2020-01-01 00:00:00', 'many2one': 1, 'many2one_reference': 1,
            'many2many': [1], 'one2many': [1],
        }
        for model in FACTS:
            facts = self.env['ir.default']._get_facts(model)
            self.assertTrue(facts <= set(self.env[model]._fields) | {'sale_order_ids'}, model)
            own = {}
            for name in facts & set(self.env[model]._fields):
                field = self.env[model]._fields[name]
                if field.type == 'selection':
                    own[name] = field.get_values(self.env)[-1]
                elif field.type in values:
                    own[name] = values[field.type]
            self.assertTrue(own, model)
            self._keep(user, model, own)
            with self.subTest(model=model):
                self.assertFalse(
                    own.keys() & self.env['ir.default'].with_user(user)._get_model_defaults(model).keys())

    def test_superuser_has_no_own_defaults(self):
        """What is made as superuser in a person's name gets nothing that the person could not enter."""
        user, Default = self.user_sales, self.env['ir.default']
        for model, name, value in (
            ('res.partner', 'credit_limit', 1e9), ('res.groups', 'comment', "Own"), ('ir.attachment', 'public', True),
            ('mail.followers', 'partner_id', 1), ('sale.order.line', 'discount', 7.0), ('ir.sequence', 'prefix', "Own"),
        ):
            with self.subTest(model=model):
                self._keep(user, model, {name: value})
                self.assertEqual(Default.with_user(user)._get_model_defaults(model).get(name), value)
                self.assertNotIn(name, Default.with_user(user).sudo()._get_model_defaults(model))
                # What everybody gets stays.
                Default.set(model, name, value)
                self.assertEqual(Default.with_user(user).sudo()._get_model_defaults(model).get(name), value)

    def test_customers_of_a_file_have_no_credit(self):
        self._keep(self.user_sales, 'res.partner', {'credit_limit': 1e9, 'use_partner_credit_limit': True})
        partner = self.env['res.partner'].with_user(self.user_sales).sudo().create({'name': "New Customer"})
        self.assertFalse(partner.use_partner_credit_limit)

    def test_plain_company(self):
        """Who works for companies without a policy only keeps all defaults."""
        company = self._new_company("Plain")
        user = self._new_user('plain', 'base.group_user', company=company)
        self._keep(user, 'stock.move', {'state': 'done'})
        self.assertEqual(
            self.env['ir.default'].with_user(user).with_company(company)._get_model_defaults('stock.move'),
            {'state': 'done'})

    def test_confirmation_ships_nothing(self):
        order = self._accept(self._new_order())
        self._keep(self.user_sales, 'stock.move', {'state': 'done'})
        order.with_user(self.user_sales).action_confirm()
        self.assertTrue(order.picking_ids)
        self.assertNotIn('done', order.picking_ids.move_ids.mapped('state'))
        self.assertEqual(order.order_line.mapped('qty_delivered'), [0] * len(order.order_line))

    def test_invoices_are_drafts(self):
        orders = self._confirm(self._new_order(count=2))
        self._keep(self.user_sales, 'account.move', {'state': 'posted', 'payment_state': 'paid'})
        self.env['sale.advance.payment.inv'].with_user(self.user_sales).create({
            'advance_payment_method': 'delivered', 'consolidated_billing': True, 'sale_order_ids': orders.ids,
        }).create_invoices()
        self.assertEqual(set(orders.invoice_ids.mapped('state')), {'draft'})
        self.assertTrue(all(orders.invoice_ids.mapped('amount_total')))

    def test_notes_have_the_moment(self):
        self._keep(self.user_sales, 'mail.message', {'date': '2020-01-01 00:00:00'})
        order = self._submit(self._new_order())
        self.assertFalse(order.message_ids.filtered(lambda message: message.date.year == 2020))
