"""A dialog belongs to who opened it: nobody else reads it, changes it, or puts anything into it."""
from xmlrpc.client import Fault

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .world import WorldCommon

PASSWORD = 'test_dialog_password'


@tagged('post_install', '-at_install')
class TestDialogsBelong(WorldCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user_sales, cls.user_finance, cls.plain):
            user.password = PASSWORD

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, PASSWORD, model, method, list(args), kwargs)

    def test_every_dialog_has_its_rule(self):
        dialogs = self._get_models(transient=True)
        self.assertGreater(len(dialogs), 20)
        for model in dialogs:
            rules = self.env['ir.rule'].sudo().search([
                ('model_id.model', '=', model._name), ('groups', '=', False), ('perm_read', '=', True),
                ('perm_write', '=', True), ('perm_create', '=', True), ('perm_unlink', '=', True)])
            terms = ''.join(rules.mapped('domain_force'))
            with self.subTest(model=model._name):
                self.assertIn("('create_uid', '=', user.id)", terms)
                for name, field in model._fields.items():
                    if field.type == 'many2one' and self.env[field.comodel_name]._transient:
                        self.assertIn(f"('{name}.create_uid', '=', user.id)", terms)

    @mute_logger('odoo.addons.base.models.ir_rule')
    def test_rules_hold(self):
        """Whatever the rights to the model, the row of somebody else is out of reach."""
        review = self._get_pending_reviews(self.orders)[:1]
        for model in self._get_models(transient=True):
            people = [user for user in self.users_by_login.values()
                      if model.with_user(user).sudo(False).has_access('read')]
            if len(people) < 2:
                people = [people[0], self.outsider]
            names = {
                name: review.ids if field.comodel_name == 'order.review' else
                self.env[field.comodel_name].sudo().search([], limit=1).ids
                for name, field in model._fields.items()
                if field.required and field.store and field.type in ('many2one', 'many2many')}
            values = {}
            for name, ids in names.items():
                field = model._fields[name]
                if self.env[field.comodel_name]._transient:
                    parent = self.env[field.comodel_name].with_user(people[0]).sudo().create({
                        key: sub_ids[0] for key, sub in self.env[field.comodel_name]._fields.items()
                        if sub.required and sub.type == 'many2one' and not sub.compute
                        and (sub_ids := self.env[sub.comodel_name].sudo().search([], limit=1).ids)} | {
                            key: [Command.set(review.ids)] for key, sub in self.env[field.comodel_name]._fields.items()
                            if sub.required and sub.type == 'many2many'})
                    ids = parent.ids
                values[name] = ids[0] if field.type == 'many2one' else [Command.set(ids)]
            values.update({
                name: "x" for name, field in model._fields.items()
                if field.required and field.type in ('char', 'text') and name not in values})
            row = model.with_user(people[0]).sudo().create(values)
            for operation in ('read', 'write', 'unlink'):
                with self.subTest(model=model._name, operation=operation):
                    self.assertTrue(row._filtered_access(operation))
                    other = row.with_user(people[1]).sudo(False)
                    self.assertFalse(other._filtered_access(operation))

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_rule')
    def test_decision(self):
        """The dialog in which finance decides takes nothing from anybody else."""
        order = self.orders[2]
        sales = self._get_pending_reviews(order)
        sales.with_user(self.user_sales_manager).sudo(False).action_approve() if sales.role_id.code == 'sales' else None
        review = self._get_pending_reviews(order)
        self.assertEqual(review.role_id.code, 'finance')
        own = self._call(self.user_finance, 'order.review.decision', 'create', {
            'decision': 'return', 'comment': "Too cheap", 'review_ids': [[6, 0, review.ids]]})
        line = {'review_id': review.id, 'seen_digest': "x"}
        for user in (self.user_sales, self.plain):
            for method, args in (
                ('read', ([own], ['comment'])), ('write', ([own], {'decision': 'approve'})),
                ('write', ([own], {'review_ids': [[6, 0, []]]})), ('action_apply', ([own],)),
            ):
                with self.subTest(user=user.login, method=method), self.assertRaises(Fault):
                    self._call(user, 'order.review.decision', method, *args)
        for user in (self.user_sales, self.user_sales_manager, self.plain):
            Line = self.env['order.review.decision.line'].with_user(user).sudo(False)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                Line.create({**line, 'decision_id': own})
        # Nor by an own line that moves into it.
        reader = self.user_sales_manager
        decision = self.env['order.review.decision'].with_user(reader).sudo(False).create({
            'review_ids': [Command.set(review.ids)], 'line_ids': [Command.create(line)]})
        with self.assertRaises(AccessError):
            decision.line_ids.write({'decision_id': own})
        self.assertTrue(self._call(self.user_finance, 'order.review.decision', 'action_apply', [own]))
        self.assertEqual(review.state, 'returned')

    # -- tabs on the screens of others --------------------------------------------------------------

    @mute_logger('odoo.http')
    def test_tabs(self):
        """Every employee adds tabs to the screens of others: what runs as whoever selects one is none of them."""
        parent = self.env.ref('sale_order_lifecycle.order_review_action')
        opens = self.env.ref('sale.action_orders')
        server = self.env['ir.actions.server'].create({
            'name': "Approve", 'model_id': self.env['ir.model']._get_id('order.review'), 'state': 'code',
            'code': "records.action_approve()"})
        values = {'name': "Facts", 'parent_action_id': parent.id, 'parent_res_model': 'order.review'}
        offered = self.env['ir.embedded.actions'].create({**values, 'python_method': 'action_open_order'})
        self.env['ir.model.data'].create({
            'module': 'sale_order_lifecycle', 'name': 'offered', 'model': offered._name, 'res_id': offered.id})
        self.env.flush_all()
        for user in (self.plain, self.user_sales):
            [own] = self._call(user, 'ir.embedded.actions', 'create', [{**values, 'action_id': opens.id}])
            for does in ({'python_method': 'action_approve', 'action_id': False}, {'action_id': server.id}):
                for whose in ({}, {'user_id': user.id}, {'user_id': self.user_finance.id}):
                    with self.subTest(user=user.login, does=does, whose=whose), self.assertRaises(Fault) as refused:
                        self._call(user, 'ir.embedded.actions', 'create', [{**values, **does, **whose}])
                    self.assertEqual(refused.exception.faultCode, 4)
                for ids in ([own], offered.ids):
                    with self.subTest(user=user.login, does=does, ids=ids), self.assertRaises(Fault) as refused:
                        self._call(user, 'ir.embedded.actions', 'write', ids, {'python_method': False, **does})
                    self.assertEqual(refused.exception.faultCode, 4)
            # A view of one's own of what a module offers, as the client saves it.
            self._call(user, 'ir.embedded.actions', 'create', [{
                **values, 'python_method': 'action_open_order', 'action_id': False, 'user_id': user.id}])


@tagged('post_install', '-at_install')
class TestSeenDigests(WorldCommon):
    """Once anything says what was on the screen, everything that is decided has to have been there."""

    def test_review_without_its_own(self):
        orders = self._submit(self._new_order(2))
        first, second = self._get_pending_reviews(orders).with_user(self.user_sales_manager).sudo(False)
        if first.role_id.code != 'sales':
            self.fail("The first stage is the one of sales.")
        seen = (first + second).with_context(seen_digests=[first.seen_digest])
        with self.assertRaisesRegex(Exception, "not one of the reviews that were shown to you"):
            seen.action_approve()
        self.assertIn("1 reviews approved", seen.action_approve_possible()['params']['message'])
        self.assertEqual((first + second).mapped('state'), ['approved', 'pending'])
        # Without any the present values count: that is the public API.
        second.action_approve()
        self.assertEqual(second.state, 'approved')
