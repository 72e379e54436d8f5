"""Whoever may not read a record is not told about it by the sentence that refuses (asked of every public method)."""
import inspect

from odoo import models
from odoo.tests import tagged
from odoo.tools import mute_logger

from .world import ADDON, WorldCommon

MUTED = ('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model', 'odoo.models', 'odoo.orm.models')
# Arguments by the name of the parameter, for what has no default.
ARGUMENTS = {
    'comment': "Why", 'reason': "Why", 'note': "Why", 'question': "Why?", 'answer': "So", 'outcome': "Done",
    'hours': 8, 'satisfaction': 3, 'method': 'phone', 'result': 'clear',
}


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

