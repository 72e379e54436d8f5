"""Customers read of orders what the list of their fields says, and find out nothing else by any question."""
from xmlrpc.client import Fault

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

QUIET = ('odoo.http', 'odoo.orm.models', 'odoo.domains', 'odoo.addons.base.models.ir_rule')


@tagged('post_install', '-at_install')
class TestCustomerFields(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_portal = new_test_user(
            cls.env, login='test_portal', groups='base.group_portal', partner_id=cls.partner.id)
        cls.order = cls._confirm(cls._new_order(lines=[(cls.product_service, 1)]))
        cls.order.message_post(body="Margin is 70 percent", subtype_xmlid='mail.mt_note')
        cls.env.flush_all()

    def _get_readable_models(self):
        return [
            model for model in self.env.values()
            if not model._abstract and not model._transient and model.with_user(self.user_portal).has_access('read')]

    def _get_questions(self, model, field):
        """:return: (name, function) of each way to learn something about a field"""
        yield 'read', lambda: model.search([], limit=1).read([field.name])
        yield 'web_read', lambda: model.search([], limit=1).web_read({field.name: {}})
        if field._description_searchable:
            yield 'filter', lambda: model.search_count([(field.name, '!=', False)])
        if field._description_sortable:
            yield 'order', lambda: model.search([], order=field.name)
        if field._description_groupable:
            yield 'group', lambda: model.formatted_read_group([], [field.name])
            yield 'count', lambda: model.formatted_read_group([], [], [f'{field.name}:count'])
        if field.relational and field._description_searchable:
            yield 'path', lambda: model.search_count([(f'{field.name}.id', '>', 0)])
            yield 'any', lambda: model.search_count([(field.name, 'any', [('id', '>', 0)])])

    def _get_error(self, ask):
        """:return: the error that a question ends in, None where it is answered"""
        try:
            ask()
        except (AccessError, UserError, ValueError, NotImplementedError) as error:
            return error
        return None

    @mute_logger(*QUIET)
    def test_orders_and_lines(self):
        self.env['order.ticket'].create({'partner_id': self.partner.id, 'subject': "Own matter"})
        for model in (self.env['sale.order'], self.env['sale.order.line'], self.env['order.ticket']):
            own = model.with_user(self.user_portal)
            self.assertTrue(own.search([]))
            allowed = own._get_portal_fields()
            self.assertLessEqual({'id', 'name'}, allowed)
            for name, field in own._fields.items():
                if name in allowed:
                    with self.subTest(readable=str(field)):
                        self.env.invalidate_all()
                        self.assertTrue(own.search([]).read([name]))
                    continue
                for question, ask in self._get_questions(own, field):
                    with self.subTest(field=str(field), question=question):
                        self.env.invalidate_all()
                        error = self._get_error(ask)
                        # Some can be asked by nobody, which is no answer either.
                        self.assertTrue(error)
                        if question in ('read', 'web_read', 'filter'):
                            self.assertIsInstance(error, AccessError)

    @mute_logger(*QUIET)
    def test_paths(self):
        """Every model that customers read and that leads to an order, over its own or another's fields."""
        secrets = {'sale.order': 'message_ids.body', 'sale.order.line': 'order_id.message_ids.body'}
        tried = set()
        for model in self._get_readable_models():
            own = model.with_user(self.user_portal)
            for field in model._fields.values():
                if field.comodel_name not in secrets or not field._description_searchable:
                    continue
                tried.add(str(field))
                with self.subTest(field=str(field)), self.assertRaises(AccessError):
                    own.search_count([(f'{field.name}.{secrets[field.comodel_name]}', 'ilike', 'margin')])
        self.assertLessEqual({'sale.order.line.order_id', 'sale.order.order_line', 'order.ticket.order_id'}, tried)

    def test_fields_of_the_addon(self):
        """What the addon keeps with records that customers read is its own, unless the model has a list of theirs."""
        for model in self._get_readable_models():
            own = model.with_user(self.user_portal)
            allowed = own._get_portal_fields() if hasattr(own, '_get_portal_fields') else set()
            told = {
                name for name, field in own._fields.items()
                if field._module == 'sale_order_lifecycle' and own._has_field_access(field, 'read')}
            with self.subTest(model=model._name):
                self.assertLessEqual(told, allowed)

    @mute_logger(*QUIET)
    def test_rpc(self):
        for model, domain in (
            ('sale.order', [('message_ids.body', 'ilike', 'Margin is 7')]),
            ('sale.order', [('website_message_ids.body', 'ilike', 'Margin is 7')]),
            ('sale.order', [('message_follower_ids.partner_id.name', 'ilike', 'a')]),
            ('sale.order', [('company_id.order_policy_id.name', 'ilike', 'a')]),
            ('sale.order', [('policy_id.name', 'ilike', 'a')]),
            ('sale.order', [('order_line.order_id.message_ids.body', 'ilike', 'Margin')]),
            ('sale.order.line', [('order_id', 'any', [('message_ids.body', 'ilike', 'Margin')])]),
            ('res.partner', [('sale_order_ids.message_ids.body', 'ilike', 'Margin')]),
            ('res.company', [('order_policy_id', '!=', False)]),
        ):
            with self.subTest(domain=domain), self.assertRaises(Fault):
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, self.user_portal.id, 'test_portal', model, 'search_count', [domain])
        for model, ids, name in (
            ('res.company', self.company.ids, 'order_policy_id'), ('sale.order', self.order.ids, 'policy_id'),
            ('sale.order', self.order.ids, 'message_ids'), ('sale.order', self.order.ids, 'activity_summary'),
        ):
            with self.subTest(field=name), self.assertRaises(Fault):
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, self.user_portal.id, 'test_portal', model, 'read', [ids, [name]])

    def test_pages(self):
        order = self._new_order()
        order.sudo().state = 'sent'
        self.env.flush_all()
        self.authenticate('test_portal', 'test_portal')
        for path, text in (
            ('/my/orders', self.order.name), ('/my/quotes', order.name), ('/my/quotes?sortby=date', order.name),
            (f'/my/orders/{self.order.id}', self.order.name), (f'/my/orders/{order.id}', order.name),
            (f'/my/orders/{order.id}?report_type=html', order.name),
        ):
            with self.subTest(path=path):
                page = self.url_open(path)
                self.assertEqual(page.status_code, 200)
                self.assertIn(text, page.text)

    def test_company_without_policy(self):
        company = self._new_company()
        user = new_test_user(
            self.env, login='test_plain', groups='base.group_portal', company_id=company.id,
            company_ids=[(6, 0, company.ids)])
        Order = self.env['sale.order'].with_user(user)
        for name, field in Order._fields.items():
            if field._module != 'sale_order_lifecycle' and not field.groups:
                self.assertTrue(Order._has_field_access(field, 'read'), name)
        self.assertFalse(Order._has_field_access(Order._fields['policy_id'], 'read'))
