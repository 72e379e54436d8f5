"""Whoever may not read a record is not told about it by the sentence that refuses (asked of every public method)."""
import inspect

from psycopg2 import IntegrityError

from odoo import models
from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.rpc.controllers.xmlrpc import dumps

from .world import ADDON, WorldCommon, _Undo

MUTED = ('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model', 'odoo.models', 'odoo.orm.models')
# Arguments by the name of the parameter, for what has no default.
ARGUMENTS = {
    'kind': 'delay', 'description': "Broken", 'measure': "Measure",
    'comment': "Why", 'reason': "Why", 'note': "Why", 'question': "Why?", 'answer': "So", 'outcome': "Done",
    'hours': 8, 'satisfaction': 3, 'method': 'phone', 'result': 'clear', 'percent': 50, 'forecast_date': '2099-01-01',
    'role_code': 'production', 'defects': 0,
}
# What nobody means.
ODD = (None, 'x', '\x00', [], {}, 3, ['x'], float('nan'))


@tagged('post_install', '-at_install')
class TestRefusalsNameNothing(WorldCommon):

    def _get_methods(self, model):
        """:return: the public actions of a model that this addon has written or extended, with their parameters"""
        for name, _member in inspect.getmembers(type(model), inspect.isfunction):
            if not name.startswith(('action_', 'button_')):
                continue
            sources = [base.__dict__[name] for base in type(model).__mro__ if name in base.__dict__]
            if not getattr(sources[0], '_api_model', False) and any(
                    source.__module__.startswith(f'odoo.addons.{ADDON}.') for source in sources):
                yield name, inspect.signature(sources[0]).parameters

    def _get_arguments(self, parameters):
        values = {**ARGUMENTS, 'user_id': self.user_sales.id}
        return [
            values[name] for name, parameter in list(parameters.items())[1:]
            if parameter.default is inspect.Parameter.empty and parameter.kind == parameter.POSITIONAL_OR_KEYWORD]

    @mute_logger(*MUTED)
    def test_actions(self):
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract or model._transient:
                continue
            for method, parameters in self._get_methods(model):
                for user in self.people:
                    foreign = self._get_foreign(name, user)
                    if not foreign:
                        continue
                    for row in foreign[:1] | foreign[-1:]:
                        with self.subTest(method=f'{name}.{method}', user=user.login, row=row.id):
                            self.assertTellsNothing(user, name, method, row.ids, *self._get_arguments(parameters))

    def _get_other_methods(self, model):
        """:return: the other public methods of a model that this addon has written or extended, with their parameters;
            core asks itself for the rights of those that every model has"""
        for name, _member in inspect.getmembers(type(model), inspect.isfunction):
            sources = [base.__dict__[name] for base in type(model).__mro__ if name in base.__dict__]
            if name.startswith(('_', 'action_', 'button_')) or hasattr(models.BaseModel, name) or any(
                    getattr(source, '_api_private', False) or getattr(source, '_api_model', False)
                    for source in sources):
                continue
            functions = [source for source in sources if inspect.isfunction(source)]
            if any(source.__module__.startswith(f'odoo.addons.{ADDON}.') for source in functions):
                yield name, inspect.signature(functions[0]).parameters

    @mute_logger(*MUTED)
    def test_other_methods(self):
        """What core offers for documents, as their followers and messages, tells strangers nothing either."""
        stranger = self.partner.create({'name': "Stranger", 'email': 'stranger@example.com'})
        values = {
            'partner_ids': stranger.ids, 'body': "Text", 'subtype_ids': [], 'msg_dict': {}, 'vals_list': [{}],
            'specification': {}, 'act_type_xmlids': ['mail.mail_activity_data_todo']}
        names = set()
        for model in self.env.values():
            if model._abstract or model._transient or model._original_module != ADDON and model._name != 'sale.order':
                continue
            for method, parameters in self._get_other_methods(model):
                names.add(method)
                keywords = {name: values[name] for name in parameters if name in values}
                for user in self.people:
                    for row in self._get_foreign(model._name, user)[:1]:
                        with self.subTest(method=f'{model._name}.{method}', user=user.login):
                            self.assertTellsNothing(user, model._name, method, row.ids, **keywords)
        self.assertLessEqual({'message_subscribe', 'message_unsubscribe', 'message_post'}, names)

    @mute_logger(*MUTED)
    def test_write_and_unlink(self):
        for model in self._get_models(transient=False):
            # Which field it is makes no difference between people who have the same rights to the model.
            alike = self.people.grouped(lambda user, model=model: tuple(
                model.with_user(user).sudo(False).has_access(operation) for operation in ('read', 'write', 'unlink')))
            for user in alike.values():
                user = user[0]
                for row in self._get_foreign(model._name, user)[:1]:
                    for field in model._fields.values():
                        if not field.store or field.name in models.MAGIC_COLUMNS:
                            continue
                        value = field.convert_to_write(row[field.name], row)
                        with self.subTest(model=model._name, field=field.name, user=user.login):
                            self.assertTellsNothing(user, model._name, 'write', row.ids, {field.name: value})
                    for method in ('unlink', 'copy'):
                        with self.subTest(model=model._name, method=method, user=user.login):
                            self.assertTellsNothing(user, model._name, method, row.ids)

    def test_world_is_whole(self):
        """The walks mean nothing for a model without a row."""
        empty = {model._name for model in self._get_models(transient=False) if not model.sudo().search_count([])}
        self.assertEqual(empty, set())


@tagged('post_install', '-at_install')
class TestOddArguments(WorldCommon):
    """Whatever a client calls a public method with, the answer is a result or a sentence."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insider = cls._new_user('insider', ','.join(
            name for name in cls.outsider.group_ids.get_external_id().values() if name))

    def _get_methods(self, model):
        """:return: public methods that the addon alone has written, and its overrides that add no parameter; of each
            the name, the parameters, whether it takes no records, and whether the addon alone has written it"""
        for name, _member in inspect.getmembers(type(model), inspect.isfunction):
            sources = [base.__dict__[name] for base in type(model).__mro__ if name in base.__dict__]
            own = [
                source.__module__.startswith(f'odoo.addons.{ADDON}.') for source in sources
                if inspect.isfunction(source)]
            if name.startswith('_') or not any(own) or hasattr(models.BaseModel, name) or any(
                    getattr(source, '_api_private', False) for source in sources):
                continue
            parameters = [
                parameter for parameter in list(inspect.signature(sources[0]).parameters.values())[1:]
                if parameter.kind == parameter.POSITIONAL_OR_KEYWORD]
            if all(own) or not parameters:
                yield name, parameters, any(getattr(source, '_api_model', False) for source in sources), all(own)

    def _get_argument_lists(self, parameters, each=True):
        """:return: list of arguments: all of them odd, and ``each`` for itself beside sensible ones"""
        values = {**ARGUMENTS, 'user_id': self.user_sales.id, 'channel_code': self.channel.code}
        good = [values.get(parameter.name) for parameter in parameters]
        yield good
        for odd in ODD if parameters else ():
            yield [odd] * len(parameters)
            if each and len(parameters) > 1:
                for index in range(len(parameters)):
                    yield [*good[:index], odd, *good[index + 1:]]

    def _call(self, user, model, name, *args, is_own=True):
        """:return: whether the person got a result; what was done is taken back"""
        self.env.invalidate_all()
        try:
            with self.env.cr.savepoint():
                own = self.env(user=user.id, su=False, context={'allowed_company_ids': user.company_ids.ids})[model]
                result = call_kw(own, name, list(args), {})
                self.env.flush_all()
                if is_own:
                    # XML-RPC knows no None, and only texts as keys.
                    dumps((result,))
                raise _Undo
        except _Undo:
            return True
        except (UserError, IntegrityError):
            # Refused rights, values and records that are gone are sentences of the same kind; core makes one of what
            # the database refuses.
            return False

    @mute_logger(*MUTED, 'odoo.addons.base.models.res_users', 'odoo.sql_db')
    def test_methods(self):
        self.env.flush_all()
        names, done = set(), set()
        for model in self.env.values():
            if model._abstract:
                continue
            methods = list(self._get_methods(model))
            rows = model.sudo().search([], limit=2, order='id desc') if methods else model
            for name, parameters, is_model, is_own in methods:
                names.add(f'{model._name}.{name}')
                for user in (self.plain, self.insider):
                    # Who has no right gets no further than to that.
                    for number, args in enumerate(self._get_argument_lists(parameters, each=user == self.insider)):
                        # No row and several make no difference to what is odd.
                        for ids in [None] if is_model else [rows.ids[:1]] if number else [[], rows.ids[:1], rows.ids]:
                            with self.subTest(method=f'{model._name}.{name}', user=user.login, ids=ids, args=args):
                                rows_args = [] if ids is None else [ids]
                                if self._call(user, model._name, name, *rows_args, *args, is_own=is_own):
                                    done.add((user, f'{model._name}.{name}'))
        self.assertLessEqual({
            'order.review.action_return', 'order.measure.action_extend', 'order.channel.submit_orders',
            'sale.order.action_draft', 'order.review.action_open_order', 'order.settlement.action_settle'}, names)
        self.assertGreater(len([name for user, name in done if user == self.insider]), len(names) / 2)

    @mute_logger(*MUTED, 'odoo.sql_db')
    def test_nothing_instead_of_a_value(self):
        """A client empties any field, with the False that it gets for an empty one."""
        self.env.flush_all()
        done = refused = 0
        for model in self._get_models(transient=False):
            row = model.search([], limit=1, order='id desc')
            for field in model._fields.values():
                if field.name in models.MAGIC_COLUMNS or field.name == 'display_name':
                    continue
                with self.subTest(model=model._name, field=field.name):
                    if self._call(self.insider, model._name, 'write', row.ids, {field.name: False}):
                        done += 1
                    else:
                        refused += 1
            with self.subTest(model=model._name):
                self._call(self.insider, model._name, 'create', dict.fromkeys(
                    [name for name in model._fields if name not in models.MAGIC_COLUMNS], False))
        self.assertGreater(done, 50)
        self.assertGreater(refused, 50)

    def test_default_get(self):
        for model in self._get_models():
            for fields in (['nonsense'], ['id', 'nonsense', 'display_name']):
                with self.subTest(model=model._name):
                    self.assertNotIn('nonsense', model.with_user(self.insider).default_get(fields))
