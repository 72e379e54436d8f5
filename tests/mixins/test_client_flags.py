"""What a client sends beside its values: flags of the context that Odoo's own code goes by, and what is no number."""
from unittest.mock import patch

from odoo import Command, models
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG
from odoo.addons.sale_order_lifecycle.models.mixins.mail_thread import QUIETING, SILENCING

from ..common import LifecycleCommon

ADDON = 'sale_order_lifecycle'
MUTED = ('odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule', 'odoo.models')


@tagged('post_install', '-at_install')
class TestClientFlags(LifecycleCommon):

    def assertRefused(self, records, method, *args, error=UserError, **context):
        """The call is refused in a transaction of the person whose records these are."""
        with self._in_transaction_of(records.env.user), self.assertRaises(error), self.env.cr.savepoint():
            getattr(records.with_context(**context), method)(*args)

    # -- deletion ---------------------------------------------------------------------------------

    def _get_ruled(self):
        """:return: list of the models of which this addon refuses some deletion"""
        return [
            model for model in self.env.values() if not model._abstract and any(
                f'.{ADDON}.' in method.__module__ for method in model._ondelete_methods)]

    def _get_method(self, model, name, file):
        """:return: a method of this addon for all models, bound to a model, past what other modules do before"""
        return getattr(next(
            part for part in type(model).__mro__ if part.__module__.endswith(f'.mixins.{file}')), name).__get__(model)

    def test_no_client_uninstalls(self):
        """That a module goes is no client's to say: what may be deleted is asked all the same, of every model."""
        seen = []

        def look(records):
            seen.append(records.env.context.get(MODULE_UNINSTALL_FLAG))
            return True

        ruled = self._get_ruled()
        self.assertGreater(len(ruled), 20)
        for model in ruled:
            with self.subTest(model=model._name), patch.object(models.BaseModel, 'unlink', look):
                for own in (model.with_user(self.user_employee), model.with_user(self.user_employee).sudo(), model):
                    own = own.with_context(**{MODULE_UNINSTALL_FLAG: True})
                    with self._in_transaction_of(own.env.user):
                        self._get_method(own, 'unlink', 'base_deletion')()
                # A module that is uninstalled takes its records along.
                self.assertEqual([bool(flag) for flag in seen[-3:]], [False, False, True])

    @mute_logger(*MUTED)
    def test_nothing_goes_with_the_flag(self):
        registered, confirmed = self._register(self._new_order()), self._confirm(self._new_order())
        delivered = self._fulfil(self._new_order())
        note = confirmed.message_ids[:1]
        for user, records in (
            (self.user_sales_manager, registered), (self.user_sales, confirmed.order_line),
            (self.user_sales_manager, delivered.order_line), (self.user_stock, delivered.picking_ids.move_ids),
            (self.user_sales, note), (self.user_manager, self.channel), (self.user_manager, self.policy),
        ):
            with self.subTest(model=records._name):
                self.assertRefused(records.with_user(user).sudo(False), 'unlink', **{MODULE_UNINSTALL_FLAG: True})
                self.assertTrue(records.exists())

    # -- external ids -----------------------------------------------------------------------------

    @mute_logger(*MUTED)
    def test_nobody_takes_an_external_id(self):
        """Groups and types are known by their external ids: nobody gives those to what is new, as in an import."""
        Data = self.env['ir.model.data']
        vals = {'name': "Mine", 'model_id': 'res.partner', 'user_ids': [Command.set(self.user_employee.ids)]}
        Filter = self.env['ir.filters'].with_user(self.user_employee)
        for name in ('group_finance', 'group_intake_api', 'mail_activity_type_correct_order'):
            before = Data.search([('module', '=', ADDON), ('name', '=', name)])
            kept = before.read(['model', 'res_id'])
            for xmlid, module in ((f'{ADDON}.{name}', '__import__'), (name, ADDON)):
                for own in (Filter, Filter.sudo()):
                    with self.subTest(xmlid=xmlid, su=own.env.su):
                        self.assertRefused(
                            own, 'create', [{**vals, 'id': xmlid}], error=AccessError, _import_current_module=module)
            self.assertEqual(before.read(['model', 'res_id']), kept)
        self.assertTrue(self.user_finance.has_group(f'{ADDON}.group_finance'))
        # What is imported gets an id of its own.
        with self._in_transaction_of(self.user_employee):
            result = Filter.load(['id', 'name', 'model_id'], [['__import__.mine', "Mine", 'res.partner']])
            nested = Filter.with_context(_import_current_module='__import__').create([{**vals, 'id': 'other'}])
        self.assertEqual(self.env.ref('__import__.mine').id, result['ids'][0])
        self.assertEqual(self.env.ref('__import__.other'), nested)

    # -- numbers ----------------------------------------------------------------------------------

    def test_numbers_are_finite(self):
        """Neither what is infinite nor what is no number is within a limit, and it equals nothing that was seen."""
        tried = set()
        for model in self.env.values():
            if model._abstract or not (model._is_ruled or model._original_module == ADDON):
                continue
            for field in model._fields.values():
                if field.type not in ('float', 'monetary') or not field.store:
                    continue
                tried.add(model._name)
                for value in (float('nan'), float('inf'), float('-inf'), 'nan', 'Infinity'):
                    with self.subTest(model=model._name, field=field.name, value=value):
                        with self.assertRaises(UserError):
                            self._get_method(model, 'write', 'base')({field.name: value})
                        with self.assertRaises(UserError):
                            self._get_method(model, 'create', 'base')([{field.name: value}])
        self.assertLessEqual({
            'sale.order', 'sale.order.line', 'stock.move', 'stock.move.line', 'mrp.production', 'account.move',
            'account.move.line', 'account.partial.reconcile', 'order.review.condition', 'order.review.stage',
            'order.settlement', 'order.grade'}, tried)

    def test_numbers_of_orders(self):
        order = self._new_order()
        for records, vals in (
            (order, {'prepayment_percent': float('nan')}),
            (order.order_line, {'customer_lead': float('nan')}),
            (order.order_line, {'price_unit': float('nan')}),
            (order, {'order_line': [[1, order.order_line.id, {'product_uom_qty': float('inf')}]]}),
        ):
            with self.subTest(vals=vals):
                self.assertRefused(records.with_user(self.user_sales), 'write', vals)
        order.with_user(self.user_sales).order_line.price_unit = '12.5'
        self.assertEqual(order.order_line.price_unit, 12.5)

    # -- the day ----------------------------------------------------------------------------------

    def test_quantities_are_those_of_now(self):
        """Core can count what was delivered and invoiced by a day; what it keeps is what was by now."""
        product = self._new_product("Invoiced as Delivered", invoice_policy='delivery')
        self._put_in_stock(product, 10)
        order = self._confirm(self._new_order(lines=[(product, 5)]))
        context, line = {'accrual_entry_date': '2020-01-01'}, order.order_line
        with self._in_transaction_of(self.user_stock):
            pickings = order.picking_ids.with_user(self.user_stock).with_context(**context)
            pickings.move_ids.write({'quantity': 5, 'picked': True})
            pickings.with_context(skip_sms=True).button_validate()
            self.env.flush_all()
        self.assertEqual(line.qty_delivered, 5)
        self.assertEqual(line.with_context(**context).qty_delivered_at_date, 0)
        with self._in_transaction_of(self.user_accountant):
            invoice = order.with_user(self.user_accountant)._create_invoices()
            invoice.with_context(**context).action_post()
            invoice.invoice_line_ids.with_context(**context).write({'quantity': 5})
            self.env.flush_all()
        self.assertEqual((line.qty_invoiced, line.qty_invoiced_posted), (5, 5))
        self.assertEqual(line.with_context(**context).qty_invoiced_at_date, 0)

    # -- what is told -----------------------------------------------------------------------------

    def _get_news(self, order):
        """:return: the to-dos of an order, and how many messages are on record or sent to somebody"""
        activities = self.env['mail.activity'].with_context(active_test=False).search([
            ('res_model', '=', 'sale.order'), ('res_id', '=', order.id)])
        messages = self.env['mail.message'].search_count([
            ('model', '=', 'sale.order'), ('res_id', '=', order.id), ('message_type', '!=', 'user_notification')])
        return activities.mapped(lambda row: (row.active, row.user_id.id, row.summary)), messages, len(
            self.env['mail.message'].search([('message_type', '=', 'user_notification')]))

    def test_to_dos_come(self):
        """A returned order is a to-do of its salesperson, who is told of it, whatever the client of finance sends."""
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        review, news = self._get_pending_reviews(order).with_user(self.user_finance).sudo(False), []
        keys = (*QUIETING, *SILENCING, 'mail_create_nolog', 'mail_create_nosubscribe')
        contexts = [dict.fromkeys(keys, False), *({key: True} for key in keys), dict.fromkeys(keys, True), {
            'default_active': False, 'default_user_id': self.user_employee.id}]
        for context in contexts:
            with self._in_transaction_of(self.user_finance), self.env.cr.savepoint() as savepoint:
                review.with_context(**context).action_return("Too cheap")
                self.env.flush_all()
                news.append(self._get_news(order))
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(len(news[0][0]), 1)
        for context, found in zip(contexts, news):
            with self.subTest(context=context):
                self.assertEqual(found, news[0])

    def test_to_dos_go(self):
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        self._get_pending_reviews(order).with_user(self.user_finance).sudo(False).action_return("Too cheap")
        self.assertTrue(order.activity_ids)
        with self._in_transaction_of(self.user_sales):
            order.with_user(self.user_sales).with_context(mail_activity_automation_skip=True).action_submit_review()
        self.assertFalse(order.activity_ids)

    def test_salesperson_is_on_record(self):
        """Who sells a confirmed order may change, on record."""
        order = self._confirm(self._new_order())
        team = self.env['crm.team'].create({'name': "Other Team", 'company_id': self.company.id})
        people = self.user_employee | self.user_sales_manager
        # What is created is not tracked to the end of its transaction.
        self.env.cr.precommit.run()
        for number, key in enumerate(SILENCING):
            count = len(order.message_ids)
            with self._in_transaction_of(self.user_sales_manager):
                own = order.with_user(self.user_sales_manager).sudo(False).with_context(
                    **{**dict.fromkeys(SILENCING, False), key: True})
                own.write({'user_id': people[number].id, 'team_id': (False, team.id)[number]})
                self.env.flush_all()
                self.env.cr.precommit.run()
            order.invalidate_recordset()
            with self.subTest(key=key):
                self.assertEqual(order.user_id, people[number])
                self.assertEqual(len(order.message_ids), count + 1)
                self.assertIn('user_id', order.message_ids[0].tracking_value_ids.field_id.mapped('name'))

    def test_state_and_total_are_on_record(self):
        """Neither a cancellation nor other lines are silent, whatever flag a client sends."""
        for key in SILENCING:
            quotation, confirmed = self._new_order(), self._confirm(self._new_order())
            self.env.flush_all()
            self.env.cr.precommit.run()
            for order, change in (
                (quotation, lambda own: own.write({'order_line': [
                    Command.update(own.order_line[0].id, {'product_uom_qty': 17})]})),
                (confirmed, lambda own: own.action_cancel()),
            ):
                known = order.message_ids
                with self._in_transaction_of(self.user_sales):
                    change(order.with_user(self.user_sales).sudo(False).with_context(**{key: True}))
                    self.env.flush_all()
                    self.env.cr.precommit.run()
                order.invalidate_recordset()
                with self.subTest(key=key, state=order.state):
                    self.assertIn(
                        'state' if order == confirmed else 'amount_total',
                        (order.message_ids - known).tracking_value_ids.field_id.mapped('name'))

    def test_sent_as_core(self):
        """Core marks a quotation as sent without a note of its own, beside the mail that was sent."""
        order = self._register(self._new_order())
        self.env.flush_all()
        self.env.cr.precommit.run()
        known = order.message_ids
        with self._in_transaction_of(self.user_sales):
            order.with_user(self.user_sales).sudo(False).with_context(mark_so_as_sent=True).message_post(
                body="Our offer")
            self.env.flush_all()
            self.env.cr.precommit.run()
        order.invalidate_recordset()
        self.assertEqual(order.state, 'sent')
        new = order.message_ids - known
        self.assertEqual(len(new), 1)
        self.assertIn("Our offer", new.body)

    def test_to_dos_are_found(self):
        """Core and other modules hand over the person by name or by place."""
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        self._get_pending_reviews(order).with_user(self.user_finance).sudo(False).action_return("Too cheap")
        kinds = [f'{ADDON}.mail_activity_type_correct_order']
        for context in ({}, {'mail_activity_automation_skip': True}):
            own = order.with_context(**context)
            for user, count in ((self.user_sales, 1), (self.user_finance, 0)):
                with self.subTest(user=user.login, context=context):
                    self.assertEqual(len(own.activity_search(kinds, user.id)), count)
                    self.assertEqual(len(own.activity_search(kinds, user_id=user.id)), count)

    def test_to_dos_change(self):
        """Whatever is done with a to-do of the addon is done, by whatever way."""
        kinds = [f'{ADDON}.mail_activity_type_correct_order']
        order = self._new_order().with_context(mail_activity_automation_skip=True)
        for name in ('activity_feedback', 'activity_unlink'):
            with self.subTest(name=name):
                self.assertTrue(order.activity_schedule(kinds[0], user_id=self.user_sales.id))
                order.activity_reschedule(kinds, new_user_id=self.user_sales_manager.id)
                self.assertEqual(order.activity_ids.user_id, self.user_sales_manager)
                getattr(order, name)(kinds)
                self.env.invalidate_all()
                self.assertFalse(order.activity_ids)

    def test_orders_without_policy_stay_as_they_are(self):
        company = self._new_company()
        self.user_sales_manager.company_ids |= company
        order = self._new_order(company_id=company.id, user=self.user_sales_manager)
        self.env.flush_all()
        self.env.cr.precommit.run()
        count = len(order.message_ids)
        with self._in_transaction_of(self.user_sales_manager):
            order.with_user(self.user_sales_manager).sudo(False).with_context(tracking_disable=True).write(
                {'user_id': self.user_sales.id})
            self.env.flush_all()
            self.env.cr.precommit.run()
        order.invalidate_recordset()
        self.assertEqual(len(order.message_ids), count)

    # -- the number of an order -------------------------------------------------------------------

    def test_number_stays(self):
        quotation, confirmed = self._new_order(), self._confirm(self._new_order())
        for order in (quotation, confirmed):
            for user in (self.user_sales, self.user_sales_manager):
                for own in (order.with_user(user).sudo(False), order.with_user(user).sudo()):
                    with self.subTest(user=user.login, state=order.state, su=own.env.su):
                        self.assertRefused(own, 'write', {'name': "S99999"})
            order.with_user(self.user_sales).write({'name': order.name})
        # Nor does a new one take the number of another.
        Order = self.env['sale.order'].with_user(self.user_sales)
        vals = {'partner_id': self.partner.id}
        self.assertRefused(Order, 'create', [{**vals, 'name': confirmed.name}])
        self.assertRefused(Order, 'create', [{**vals, 'name': "TWICE"}, {**vals, 'name': "TWICE"}])
        self.assertEqual(Order.create([{**vals, 'name': "OLD-1"}]).name, "OLD-1")
