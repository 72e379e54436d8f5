"""Nobody learns of a record by naming it in a form: what a client sends is read with its own rights."""
from odoo.tests import tagged
from odoo.tools import mute_logger

from .world import ADDON, SECRET, WorldCommon

MUTED = ('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model', 'odoo.models', 'odoo.orm.models')


@tagged('post_install', '-at_install')
class TestSentRelations(WorldCommon):

    def _get_spec(self, model, own_only):
        """:return: the specification of a form with all fields of a model, or with those of the addon"""
        spec = {}
        for name, field in model._fields.items():
            if field.type in ('binary', 'image', 'properties', 'properties_definition'):
                continue
            if own_only and field._module != ADDON:
                continue
            spec[name] = {'fields': {'display_name': {}}} if field.relational else {}
        return spec

    def _get_values(self, field, user):
        """:return: what a client could send in a field to name rows that the person may not read"""
        foreign = self._get_foreign(field.comodel_name, user)
        for row in foreign[-1:]:
            if field.type == 'many2one':
                yield row.id
            else:
                yield [[4, row.id]]
                yield [[6, 0, row.ids]]

    def _get_readable_spec(self, model, spec, user):
        own = model.with_user(user).sudo(False)
        return {name: sub for name, sub in spec.items() if own._has_field_access(model._fields[name], 'read')}

    def _check_model(self, model, own_only):
        """:return: how many forms have been asked for"""
        asked = 0
        for user in self.people:
            own = model.with_user(user).sudo(False)
            if not own.has_access('create'):
                continue
            spec = self._get_readable_spec(model, self._get_spec(model, own_only), user)
            for name, field in model._fields.items():
                if not field.relational:
                    continue
                for value in self._get_values(field, user):
                    asked += 1
                    with self.subTest(model=model._name, field=name, user=user.login, value=value):
                        rest = {**spec, name: {}} if own_only else spec
                        self.assertTellsNothing(user, model._name, 'onchange', [], {name: value}, [name], rest)
                        self.assertTellsNothing(user, model._name, 'onchange', [], {name: value}, [], rest)
                        if not own_only:
                            self.assertTellsNothing(user, model._name, 'web_save', [], {name: value}, rest)
        return asked

    @mute_logger(*MUTED)
    def test_models_of_the_addon(self):
        asked = {model._name: self._check_model(model, False) for model in self._get_models()}
        for name in ('order.ticket', 'order.visit', 'order.review.condition', 'order.review.decision.line'):
            self.assertTrue(asked[name])

    @mute_logger(*MUTED)
    def test_models_of_odoo(self):
        """Fields that the addon has put there."""
        asked = {
            model._name: self._check_model(model, True) for model in self.env.values()
            if not model._abstract and model._original_module != ADDON
            and any(field._module == ADDON for field in model._fields.values())}
        for name in ('sale.order', 'stock.picking', 'mrp.production', 'purchase.order'):
            self.assertTrue(asked[name])

    @mute_logger(*MUTED)
    def test_by_default(self):
        """The context and defaults of the person's own are sent by a client, too."""
        order = self._get_foreign('sale.order', self.outsider)[:1]
        spec = {'order_id': {'fields': {'display_name': {}}}, 'partner_id': {'fields': {'display_name': {}}}}
        own = self.env['order.ticket'].with_user(self.outsider).sudo(False)
        self.assertIn("not have access", self._get_answer(
            self.outsider, 'order.ticket', 'onchange', [], {'order_id': order.id}, ['order_id'], spec))
        with self.assertRaisesRegex(Exception, "not have access"):
            own.with_context(default_order_id=order.id).onchange({}, [], spec)
        with self.assertRaisesRegex(Exception, "not have access"):
            own.with_context(default_order_id=order.id).create({'subject': "Mine"})

    @mute_logger(*MUTED)
    def test_within_lines(self):
        review = self._get_foreign('order.review', self.plain)[:1]
        answer = self._get_answer(
            self.plain, 'order.review.decision', 'onchange', [],
            {'line_ids': [[0, 'virtual_1', {'review_id': review.id, 'seen_digest': "x"}]]}, ['line_ids'],
            {'line_ids': {'fields': {'stage_id': {'fields': {'display_name': {}}}, 'changes': {}}}})
        self.assertIn("not have access", answer)
        self.assertNotIn(SECRET, answer)

    def test_own(self):
        """Whoever may read a record may name it."""
        order = self.orders[1]
        spec = {'order_id': {'fields': {'display_name': {}}}, 'partner_id': {'fields': {'display_name': {}}}}
        for user in (self.user_aftersales, self.user_sales_manager):
            answer = self._get_answer(user, 'order.ticket', 'onchange', [], {'order_id': order.id}, ['order_id'], spec)
            self.assertIn(self.partner.name, answer)
