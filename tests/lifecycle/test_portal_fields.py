"""What a customer may not read of orders and tickets cannot be found out otherwise."""
from xmlrpc.client import Fault

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

PASSWORD = 'test_portal_password'


class PortalFieldsCommon(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_portal = new_test_user(
            cls.env, login='test_portal', groups='base.group_portal', password=PASSWORD, partner_id=cls.partner.id)

    def setUp(self):
        super().setUp()
        self.order = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        self.order.message_subscribe(self.partner.ids)
        self.env.flush_all()


@tagged('post_install', '-at_install')
class TestPortalFields(PortalFieldsCommon):

    def _get_readable_models(self):
        """:return: models that a customer reads and that have fields of the addon"""
        return [
            model for model in self.env.values()
            if not model._abstract and not model._transient
            and any(field._module == 'sale_order_lifecycle' for field in model._fields.values())
            and model.with_user(self.user_portal).has_access('read')
        ]

    def _get_questions(self, model, field):
        """:return: (name, function) of each way to learn something about a field without reading it"""
        value = 0 if field.type in ('integer', 'float', 'monetary') else False
        if field.type == 'selection':
            value = field.get_values(self.env)[0]
        yield 'filter', lambda: model.search([(field.name, 'in', [value])])
        yield 'negative filter', lambda: model.search_count([(field.name, '!=', value)])
        if field.search and not field.related:
            # Where another model leads to this one, core replaces the condition before it searches.
            yield 'search method', lambda: Domain(field.name, 'in', [value]).optimize_full(model)
        if field.type not in ('one2many', 'many2many', 'binary', 'json'):
            yield 'order', lambda: model.search([], order=field.name)
            yield 'count', lambda: model.formatted_read_group([], [], [f'{field.name}:count'])
        if field.type in ('char', 'many2one', 'selection', 'boolean', 'integer'):
            yield 'group', lambda: model.formatted_read_group([], [field.name])

    @mute_logger('odoo.orm.models', 'odoo.domains')
    def test_questions(self):
        """Neither as a filter, nor in the order of a list, nor as what is grouped by or counted."""
        models = self._get_readable_models()
        self.assertLessEqual(
            {'sale.order', 'sale.order.line', 'order.ticket', 'stock.picking'}, {model._name for model in models})
        refused = set()
        for model in models:
            own = model.with_user(self.user_portal)
            for field in model._fields.values():
                if field._module != 'sale_order_lifecycle' or own._has_field_access(field, 'read'):
                    continue
                for name, ask in self._get_questions(own, field):
                    with self.subTest(field=str(field), question=name):
                        error = self._get_error(ask)
                        # Some can be asked by nobody, which is no answer either.
                        self.assertTrue(error)
                        if isinstance(error, AccessError):
                            refused.add((str(field), name))
        for name in ('is_late', 'promise_state', 'is_complete', 'waits_for_me'):
            self.assertIn((f'sale.order.{name}', 'search method'), refused)
        for question in ('filter', 'order', 'count', 'group'):
            self.assertIn(('sale.order.lifecycle_phase', question), refused)
            self.assertIn(('order.ticket.fault_role_id', question), refused)

    def _get_error(self, ask):
        """:return: the error that a question ends in, None where it is answered"""
        try:
            ask()
        except (AccessError, UserError, ValueError, NotImplementedError) as error:
            return error
        return None

    def test_staff(self):
        """Who may read them may ask."""
        own = self.env['sale.order'].with_user(self.user_finance)
        for domain in (
            [('is_late', '=', False)], [('promise_state', 'in', ['open', 'soon'])], [('is_complete', '=', True)],
        ):
            self.assertIn(self.order, own.search(domain))


@tagged('post_install', '-at_install')
class TestPortalFieldsRpc(PortalFieldsCommon, HttpCase):

    @mute_logger('odoo.http', 'odoo.orm.models')
    def test_rpc(self):
        for domain in (
            [('is_late', '=', False)], [('is_late', '=', True)], [('promise_state', '!=', False)],
            [('is_complete', '=', True)], ['!', ('waits_for_me', '=', True)], [('lifecycle_phase', '=', 'production')],
        ):
            with self.subTest(domain=domain), self.assertRaisesRegex(Fault, "access"):
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, self.user_portal.id, PASSWORD, 'sale.order', 'search_count', [domain])
            # A line leads to its order.
            path = [part if isinstance(part, str) else (f'order_id.{part[0]}', *part[1:]) for part in domain]
            with self.subTest(domain=path), self.assertRaisesRegex(Fault, "access"):
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, self.user_portal.id, PASSWORD, 'sale.order.line', 'search_count', [path])
