from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import USERS, LifecycleCommon


@tagged('post_install', '-at_install')
class TestReadFields(LifecycleCommon):

    def test_orders_stay_readable(self):
        """Who may read an order may read all of it that the addon has added, as ``read()`` without names does."""
        for order in (self._confirm(self._new_order()), self._new_order()):
            for login in USERS:
                own = order.with_user(self.users_by_login[login])
                if not own.has_access('read'):
                    continue
                for record in (own, own.order_line):
                    names = [
                        name for name, field in record._fields.items()
                        if field._module == 'sale_order_lifecycle' and record._has_field_access(field, 'read')
                    ]
                    with self.subTest(login=login, model=record._name):
                        self.env.invalidate_all()
                        self.assertTrue(record.read(names))


@tagged('post_install', '-at_install')
class TestSearchMethods(LifecycleCommon):
    """A condition on the records behind a field is asked with the rights of the person, whoever searches them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._new_user('clerk', ','.join((
            'hr.group_hr_user', 'stock.group_stock_manager', 'mrp.group_mrp_user', 'purchase.group_purchase_user',
            'account.group_account_invoice', 'base.group_partner_manager')))
        cls.customer = new_test_user(
            cls.env, login='test_customer', groups='base.group_portal', partner_id=cls.partner.id)
        cls.api = cls._new_user('api', 'sale_order_lifecycle.group_intake_api')
        cls.order = cls._new_order()
        cls.order.message_subscribe(cls.partner.ids)
        cls.env.flush_all()

    def _get_fields(self, user):
        """:return: relational fields that have a search method and that the person reads, with their models"""
        for model in self.env.values():
            own = model.with_user(user).sudo(False)
            if model._abstract or not own.has_access('read'):
                continue
            for field in own._fields.values():
                if field.relational and field.search and own._has_field_access(field, 'read'):
                    yield own, field

    def _get_secret(self, comodel):
        """:return: domain that leads from a model to what none of these people reads: links and policies of orders"""
        orders = [('access_token', '=like', 'a%'), ('policy_id.name', '=like', 'a%')]
        if comodel._name == 'sale.order':
            return orders
        for name, path in (
            ('partner_id', 'sale_order_ids'), ('user_ids', 'partner_id.sale_order_ids'),
            ('create_uid', 'partner_id.sale_order_ids'), ('company_id', 'partner_id.sale_order_ids'),
        ):
            field = comodel._fields.get(name)
            if field and field._description_searchable:
                return [(f'{name}.{path}', 'any', orders)]
        return None

    def _ask(self, model, domain):
        """:return: what the person finds, None where nothing may be asked"""
        try:
            return model.search(domain)
        except (UserError, ValueError):
            return None

    def _is_refused(self, model, domain):
        try:
            model.search(domain, limit=1)
        except (UserError, ValueError, TypeError, NotImplementedError):
            # Some can be asked by nobody, which is no answer either.
            return True
        return False

    @mute_logger('odoo.domains', 'odoo.orm.models', 'odoo.addons.base.models.ir_rule',
                 'odoo.addons.base.models.ir_model')
    def test_conditions(self):
        asked = set()
        for user in (self.user_employee, self.user_finance, self.clerk, self.customer, self.api):
            for own, field in self._get_fields(user):
                secret = self._get_secret(own.env[field.comodel_name])
                if not secret:
                    continue
                asked.add(str(field))
                for operator in ('any', 'not any'):
                    with self.subTest(user=user.login, field=str(field), operator=operator):
                        self.assertTrue(self._is_refused(own, [(field.name, operator, secret)]))
        self.assertFalse({
            'product.product.message_partner_ids', 'account.move.line.search_account_id', 'res.users.employee_id',
            'res.partner.message_partner_ids', 'sale.order.message_partner_ids'} - asked)

    @mute_logger('odoo.domains', 'odoo.orm.models', 'odoo.addons.base.models.ir_rule',
                 'odoo.addons.base.models.ir_model')
    def test_notes(self):
        """Core finds documents by their messages, whoever reads these: customers and machines find none by a note."""
        asked = set()
        for user in (self.customer, self.api):
            own_partner = user.partner_id
            for model in self.env.values():
                own = model.with_user(user).sudo(False)
                if model._abstract or not own.has_access('read'):
                    continue
                for field in own._fields.values():
                    if field.comodel_name != 'mail.message' or not field.store or (
                            not own._has_field_access(field, 'read')) or not hasattr(own, 'message_post'):
                        continue
                    record = own_partner if model._name == 'res.partner' else own.search([], limit=1)
                    if not record:
                        continue
                    asked.add(str(field))
                    secret = f"secret of {field.name}"
                    domains = [
                        [(f'{field.name}.body', 'ilike', secret)], [(f'{field.name}.body', 'not ilike', secret)],
                        [(field.name, 'any', [('body', 'ilike', secret)])],
                        [(field.name, 'not any', [('body', 'ilike', secret)])],
                        ['!', (f'{field.name}.body', 'not ilike', secret)],
                    ]
                    before = [self._ask(own, [*domain, ('id', '=', record.id)]) for domain in domains]
                    record.sudo().message_post(body=f"A {secret}", subtype_xmlid='mail.mt_note')
                    self.env.flush_all()
                    for domain, answer in zip(domains, before):
                        with self.subTest(user=user.login, field=str(field), domain=domain):
                            self.assertEqual(self._ask(own, [*domain, ('id', '=', record.id)]), answer)
        self.assertIn('res.partner.message_ids', asked)

    @mute_logger('odoo.orm.models', 'odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_files(self):
        """Core searches files as superuser, whatever is asked of the records that they lead to."""
        for user in (self.user_employee, self.user_finance, self.clerk, self.api):
            Attachment = self.env['ir.attachment'].with_user(user).sudo(False)
            own = Attachment.create({'name': "Own.txt", 'raw': b'Own'})
            for path in ('create_uid.partner_id', 'company_id.partner_id'):
                with self.subTest(user=user.login, path=path):
                    self.assertTrue(self._is_refused(Attachment, [
                        ('id', '=', own.id), (f'{path}.sale_order_ids.access_token', '=like', 'a%')]))
            for condition in (
                [('create_uid', '=', user.id)], [('create_uid.name', '=', user.name)], [('name', 'ilike', "own")],
                ['!', ('create_uid.login', '=', 'nobody')], [('create_date', '!=', False)],
            ):
                with self.subTest(user=user.login, condition=condition):
                    self.assertEqual(Attachment.search([*condition, ('id', '=', own.id)]), own)

    def test_own_right(self):
        """What the person may ask is answered as before."""
        other = self._new_order()
        Order = self.env['sale.order'].with_user(self.user_sales_manager)
        for condition in (
            [('message_partner_ids', 'in', self.partner.ids)], [('message_partner_ids.name', '=', self.partner.name)],
            [('message_partner_ids', 'any', [('user_ids.login', '=', 'test_customer')])],
            [('message_partner_ids', 'ilike', self.partner.name)],
        ):
            with self.subTest(condition=condition):
                self.assertEqual(Order.search([*condition, ('id', 'in', (self.order + other).ids)]), self.order)
                self.assertEqual(Order.search(['!', *condition, ('id', 'in', (self.order + other).ids)]), other)
