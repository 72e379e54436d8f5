import importlib.util
from datetime import datetime

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.misc import file_path

from ...hooks import uninstall_hook
from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestSettlement(SettlementCommon):
    """From the last delivery to the settled order (articles S1, S3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.paid = cls._fulfil(cls._new_order())
        cls._pay(cls._invoice(cls.paid))

    # -- the way of one order -----------------------------------------------------------------------

    def test_happy_path(self):
        order = self._confirm(self._new_order())
        self.assertRecordValues(order, [{'settlement_state': 'none', 'settlement_id': False}])
        self._deliver(order.picking_ids)
        settlement = order.settlement_id
        self.assertRecordValues(settlement, [{
            'order_id': order.id, 'state': 'open', 'contract_amount': 500, 'owed_amount': 500, 'invoiced_amount': 0,
            'difference_amount': 0, 'is_different': False,
            'company_id': self.company.id, 'partner_id': self.partner.id, 'salesperson_id': self.user_sales.id}])
        self.assertRecordValues(order, [{
            'settlement_state': 'open', 'lifecycle_phase': 'settlement', 'settlement_summary': "To invoice"}])
        invoices = self._invoice(order)
        self.assertAccount(order, state='open', invoiced=500, paid=0, unpaid=500, difference=0)
        self.assertIn("unpaid", order.settlement_summary)
        self._pay(invoices)
        self.assertAccount(order, state='to_check', paid=500, unpaid=0, difference=0)
        self.assertEqual(order.lifecycle_phase, 'settlement')
        self._settle(order)
        self.assertAccount(
            order, state='settled', settled_by_id=self.user_finance.id, corrected=False, difference_reason=False)
        self.assertRecordValues(order, [{
            'settlement_state': 'settled', 'lifecycle_phase': 'aftersales', 'settled_at': settlement.settled_at,
            'settlement_summary': False, 'waiting_for': False}])
        self.assertIn("Settled", order.message_ids[0].body)
        self.assertEqual(order.message_ids[0].author_id, self.user_finance.partner_id)

    def test_service_and_mixed_orders(self):
        for lines in ([(self.product_service, 2)], [(self.product_service, 1), (self.product_stock, 1)]):
            order = self._fulfil(self._new_order(lines=lines))
            self._pay(self._invoice(order))
            self._settle(order)
            self.assertEqual(order.lifecycle_phase, 'aftersales')

    def test_order_without_policy(self):
        order = self._new_order()
        order.policy_id = False
        order.with_user(self.user_sales).action_confirm()
        self._deliver(order.picking_ids)
        self._pay(self._invoice(order))
        self.assertRecordValues(order, [{
            'settlement_id': False, 'settlement_state': False, 'settled_at': False, 'lifecycle_phase': False}])

    def test_copy(self):
        order = self.paid
        self._settle(order)
        copy = order.copy()
        self.assertRecordValues(copy, [{'settlement_id': False, 'settlement_state': 'none', 'settled_at': False}])

    # -- opening ------------------------------------------------------------------------------------

    def test_opens_in_batch(self):
        orders = self._fulfil(self._new_order(count=3))
        self.assertEqual(len(orders.settlement_id), 3)
        self.assertEqual(set(orders.settlement_id.mapped('state')), {'open'})
        self.assertFalse(orders.settlement_id.message_ids)

    def test_opens_without_anybody_reading_it(self):
        """The recomputation at the end of the transaction is enough."""
        order = self._confirm(self._new_order())
        self.env.flush_all()
        order.picking_ids.move_ids.write({'state': 'done'})
        self.env.flush_all()
        self.env.cr.execute("SELECT state FROM order_settlement WHERE order_id = %s", [order.id])
        self.assertEqual(self.env.cr.fetchall(), [('open',)])

    def test_one_settlement_an_order(self):
        order = self._fulfil(self._new_order())
        order.invalidate_recordset()
        self.env.add_to_compute(order._fields['fulfilment_state'], order)
        self.assertEqual(order.fulfilment_state, 'done')
        self.assertEqual(len(order.settlement_ids), 1)

    def _new_open_move(self, order):
        """Goods of the order that are to be delivered once more."""
        return order.picking_ids.move_ids.copy({
            'picking_id': order.picking_ids.copy({'move_ids': False}).id, 'sale_line_id': order.order_line.id})

    def test_nothing_is_created_by_a_computation(self):
        """A settlement opens when the facts are written, also those that core computes without a write."""
        order = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        self.env.flush_all()
        order.order_line.invalidate_recordset()
        self.env.cr.execute(
            "UPDATE sale_order_line SET qty_delivered = product_uom_qty WHERE order_id = %s", order.ids)
        self.env.add_to_compute(order._fields['fulfilment_state'], order)
        self.env.add_to_compute(order._fields['fulfilled_at'], order)
        self.assertEqual(order.fulfilment_state, 'done')
        self.assertFalse(order.settlement_ids)
        self.env.flush_all()
        self.assertEqual(len(order.settlement_ids), 1)
        self.assertEqual(order.settlement_state, 'open')

    def test_something_is_to_be_delivered_again(self):
        order = self.paid
        self.assertEqual(order.settlement_state, 'to_check')
        self.policy.settlement_days = 5
        move = self._new_open_move(order)
        self.assertEqual(order.fulfilment_state, 'partial')
        self.env.flush_all()
        self.assertRecordValues(order.settlement_id, [{'state': 'open', 'deadline': False, 'is_overdue': False}])
        self.assertEqual(order.lifecycle_phase, 'delivery')
        with self.assertRaisesRegex(UserError, "not fulfilled"):
            self._settle(order, "For any reason")
        move._action_cancel()
        self.assertRecordValues(order.settlement_id, [{'state': 'to_check', 'fulfilled_at': order.fulfilled_at}])
        self.assertTrue(order.settlement_id.deadline)
        self.assertEqual(len(order.settlement_ids), 1)

    def test_settled_order_stays_so(self):
        order = self.paid
        self._settle(order)
        self._new_open_move(order)
        self.assertEqual(order.fulfilment_state, 'partial')
        self.assertRecordValues(order, [{'settlement_state': 'settled', 'lifecycle_phase': 'aftersales'}])
        # Core looks for what was bought with the rights of whoever cancels.
        self.user_sales.group_ids += self.env.ref('purchase.group_purchase_user')
        with self.assertRaisesRegex(UserError, "is settled"):
            order.with_user(self.user_sales).action_cancel()
        with self.assertRaisesRegex(UserError, "is settled"):
            order.state = 'cancel'

    def test_cancelled_order(self):
        order = self._fulfil(self._new_order(lines=[(self.product_service, 1)]))
        order.with_user(self.user_sales).action_cancel()
        self.assertEqual(order.lifecycle_phase, 'cancelled')
        self.assertAccount(order, state='open', deadline=False)
        with self.assertRaisesRegex(UserError, "is cancelled"):
            self._settle(order, "It is over")

    # -- deadline -----------------------------------------------------------------------------------

    def test_deadline(self):
        calendar = self.env['resource.calendar'].create({
            'name': "Nine to five", 'tz': 'UTC', 'hours_per_day': 8, 'attendance_ids': [Command.clear(), *(
                Command.create({'name': "Day", 'dayofweek': str(day), 'hour_from': 9, 'hour_to': 17})
                for day in range(5))]})
        self.policy.write({'calendar_id': calendar.id, 'settlement_days': 3})
        with freeze_time('2026-03-05 10:00:00'):  # a Thursday
            order = self._fulfil(self._new_order())
            settlement = order.settlement_id
            self.assertEqual(settlement.deadline_start, order.fulfilled_at)
            self.assertRecordValues(settlement, [{'deadline': datetime(2026, 3, 10, 10), 'is_overdue': False}])
            invoices = self._invoice(order)
        overdue = self.env['order.settlement'].search([('is_overdue', '=', True)])
        self.assertIn(settlement, overdue)
        with freeze_time('2026-03-10 09:59:00'):
            settlement.invalidate_recordset(['is_overdue'])
            self.assertFalse(settlement.is_overdue)
            self.assertNotIn(settlement, self.env['order.settlement'].search([('is_overdue', '=', True)]))
        with freeze_time('2026-03-11 10:00:00'):
            settlement.invalidate_recordset(['is_overdue'])
            self.assertTrue(settlement.is_overdue)
            self._pay(invoices)
            self._settle(order)
            self.assertRecordValues(settlement, [{'is_overdue': False, 'hours_used': 32}])

    def test_deadline_follows_the_calendar(self):
        """Of three days two are left when a Monday becomes a holiday; the settled one keeps its deadline."""
        calendar = self.env['resource.calendar'].create({
            'name': "Nine to five", 'tz': 'UTC', 'hours_per_day': 8, 'attendance_ids': [Command.clear(), *(
                Command.create({'name': "Day", 'dayofweek': str(day), 'hour_from': 9, 'hour_to': 17})
                for day in range(5))]})
        self.policy.write({'calendar_id': calendar.id, 'settlement_days': 3})
        with freeze_time('2026-03-05 10:00:00'):  # a Thursday
            orders = self._fulfil(self._new_order(2))
            self._pay(self._invoice(orders[0]))
            self._settle(orders[0])
        with freeze_time('2026-03-06 10:00:00'):
            self.env['resource.calendar.leaves'].create({
                'name': "Holiday", 'calendar_id': calendar.id, 'date_from': '2026-03-09 00:00:00',
                'date_to': '2026-03-09 23:59:59'})
        self.assertEqual(
            orders.settlement_id.mapped('deadline'), [datetime(2026, 3, 10, 10), datetime(2026, 3, 11, 10)])
        with freeze_time('2026-03-11 10:00:00'):
            self._pay(self._invoice(orders[1]))
            self._settle(orders[1])
        self.assertEqual(orders[1].settlement_id.hours_used, 24)

    def test_no_deadline(self):
        self.policy.settlement_days = 0
        order = self._fulfil(self._new_order())
        self.assertFalse(order.settlement_id.deadline)
        self.assertFalse(order.settlement_id.is_overdue)

    def test_policy_refuses_negative_values(self):
        policy = self._new_policy()
        for vals in ({'settlement_days': -1}, {'settlement_tolerance': -0.01}):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                policy.write(vals)

    def test_standard_template(self):
        template = self.env.ref('sale_order_lifecycle.policy_template_standard')
        self.assertRecordValues(template, [{'settlement_days': 30, 'settlement_tolerance': 1}])
        copy = template.copy({'company_id': self.company.id})
        self.assertRecordValues(copy, [{'settlement_days': 30, 'settlement_tolerance': 1}])

    # -- refusals -----------------------------------------------------------------------------------

    def test_unpaid(self):
        order = self._fulfil(self._new_order())
        self._invoice(order)
        for reason in (None, "The customer has no money"):
            with self.assertRaises(UserError) as error:
                self._settle(order, reason)
            self.assertEqual(str(error.exception), (
                f"$ 500.00 of the $ 500.00 invoiced for {order.name} is unpaid. Settle the order once it is paid or "
                "credited.").replace(' 500', '\N{NO-BREAK SPACE}500'))

    def test_reason(self):
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        self._deliver(order.picking_ids, {self.product_delivered: 3}, backorder=False)
        self._pay(self._invoice(order))
        for reason in (None, "", "  "):
            with self.assertRaisesRegex(UserError, "Enter the reason"):
                self._settle(order, reason)
        with self.assertRaisesRegex(UserError, "No role has the code"):
            self._settle(order, "Sold out", fault_role_code='weather')
        self._settle(order, " Sold out ", fault_role_code='purchasing')
        self.assertAccount(
            order, state='settled', difference=-200, difference_reason="Sold out", is_different=True,
            fault_role_id=self._role('purchasing').id)
        self.assertIn("Sold out", order.message_ids[0].body)

    def test_reason_noted_before(self):
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        self._deliver(order.picking_ids, {self.product_delivered: 3}, backorder=False)
        self._pay(self._invoice(order))
        settlement = order.settlement_id.with_user(self.user_finance)
        self.assertFalse(settlement.can_settle)
        self.assertTrue(settlement.needs_reason)
        settlement.write({'difference_reason': "Sold out", 'fault_role_id': self._role('purchasing').id})
        self.assertTrue(settlement.can_settle)
        settlement.action_settle()
        self.assertEqual(order.settlement_state, 'settled')
        with self.assertRaisesRegex(UserError, "already settled"):
            settlement.difference_reason = "Something else"

    def test_not_invoiced(self):
        order = self._fulfil(self._new_order())
        with self.assertRaisesRegex(UserError, "Invoice the rest"):
            self._settle(order)
        self._settle(order, "Replacement under warranty")
        self.assertAccount(order, state='settled', invoiced=0, difference=-500, is_different=True)

    def test_settled_once(self):
        order = self.paid
        self._settle(order)
        at = order.settled_at
        with self.assertRaisesRegex(UserError, "has already settled"):
            self._settle(order)
        self.assertEqual(order.settled_at, at)

    def test_only_finance(self):
        order = self.paid
        for user in (self.user_sales, self.user_manager, self.user_legal, self.user_accountant,
                     self.env.ref('base.user_root')):
            with self.assertRaises(AccessError):
                order.settlement_id.with_user(user).action_settle()
            # Automation runs as superuser with the person's id.
            with self.assertRaises(AccessError):
                order.settlement_id.with_user(user).sudo().action_settle()
        self.assertEqual(order.settlement_state, 'to_check')

    def test_second_company(self):
        company = self._new_company(policy=True)
        finance = self._new_user('other_finance', 'sale_order_lifecycle.group_finance', company=company)
        order = self.paid
        settlement = order.settlement_id.with_user(finance)
        self.assertFalse(settlement.search([('id', '=', settlement.id)]))
        for records in (settlement, settlement.sudo()):
            with self.assertRaises(AccessError):
                records.action_settle("Reason")
        self.assertEqual(order.settlement_state, 'to_check')

    # -- many at once -------------------------------------------------------------------------------

    def test_all_or_none(self):
        orders = self._fulfil(self._new_order(count=3))
        self._pay(self._invoice(orders[0]))
        self._pay(self._invoice(orders[1]))
        with self.assertRaises(UserError):
            self._settle(orders)
        self.assertEqual(set(orders.mapped('settlement_state')), {'to_check', 'open'})
        self._pay(self._invoice(orders[2]))
        self._settle(orders)
        self.assertEqual(set(orders.mapped('lifecycle_phase')), {'aftersales'})

    def test_settle_possible(self):
        paid, unpaid, other = self._fulfil(self._new_order(count=3))
        self._pay(self._invoice(paid))
        self._pay(self._invoice(other))
        self._invoice(unpaid)
        action = (paid + unpaid + other).settlement_id.with_user(self.user_finance).action_settle_possible()
        self.assertEqual(action['params']['type'], 'warning')
        self.assertIn("2 orders settled.", action['params']['message'])
        self.assertIn(unpaid.name, action['params']['message'])
        self.assertEqual((paid + unpaid + other).mapped('settlement_state'), ['settled', 'open', 'settled'])

    def test_reason_for_many(self):
        """The reason stays with those that differ."""
        exact, short, shorter = self._confirm(self._new_order(count=3, lines=[(self.product_delivered, 5)]))
        self._deliver(exact.picking_ids)
        for order, quantity in ((short, 4), (shorter, 3)):
            self._deliver(order.picking_ids, {self.product_delivered: quantity}, backorder=False)
        orders = exact + short + shorter
        self._pay(self._invoice(exact))
        self._pay(self._invoice(short))
        self._pay(self._invoice(shorter))
        wizard = self.env['order.settlement.reason'].with_user(self.user_finance).create({
            'settlement_ids': [Command.set(orders.settlement_id.ids)], 'reason': "Sold out",
            'fault_role_id': self._role('purchasing').id})
        wizard.action_settle()
        settlements = exact.settlement_id + short.settlement_id + shorter.settlement_id
        self.assertRecordValues(settlements, [
            {'state': 'settled', 'difference_reason': reason, 'fault_role_id': role}
            for reason, role in ((False, False), *[("Sold out", self._role('purchasing').id)] * 2)])

    # -- after settling -----------------------------------------------------------------------------

    def _new_settled_order(self):
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        self._pay(invoice)
        return self._settle(order), invoice

    def assertCorrected(self, order):
        self.assertAccount(
            order, state='settled', corrected=True, contract=500, invoiced=500, paid=500, unpaid=0, difference=0)
        self.assertTrue(order.settlement_id.corrected_at)
        self.assertEqual(order.lifecycle_phase, 'aftersales')
        # The note is made when the correction is written, as at the end of each request.
        self.env.flush_all()
        [message] = order.settlement_id.message_ids
        self.assertIn("have changed since", message.body)

    def test_credit_note_after_settling(self):
        order, invoice = self._new_settled_order()
        refund = self._credit(invoice, quantity=1)
        self.assertCorrected(order)
        self._pay(refund)
        self.assertCorrected(order)

    def test_invoice_after_settling(self):
        order, _invoice = self._new_settled_order()
        self._down_payment(order, 10)
        self.assertCorrected(order)

    def test_invoice_reset_to_draft_after_settling(self):
        order, invoice = self._new_settled_order()
        invoice.with_user(self.user_accountant).button_draft()
        self.assertCorrected(order)
        invoice.with_user(self.user_accountant).action_post()
        self.assertCorrected(order)
        invoice.with_user(self.user_accountant).button_draft()
        invoice.with_user(self.user_accountant).button_cancel()
        self.assertCorrected(order)

    def test_invoice_deleted_after_settling(self):
        order, invoice = self._new_settled_order()
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        self.assertCorrected(order)

    def test_payment_taken_back_after_settling(self):
        order, invoice = self._new_settled_order()
        invoice.line_ids.remove_move_reconcile()
        self.assertCorrected(order)

    def test_draft_is_no_correction(self):
        order, _invoice = self._new_settled_order()
        self.env['sale.advance.payment.inv'].with_user(self.user_sales).with_context(
            active_model='sale.order', active_ids=order.ids,
        ).create({'advance_payment_method': 'percentage', 'amount': 10}).create_invoices()
        self.env.flush_all()
        self.assertAccount(order, state='settled', corrected=False)

    def test_rest_paid_later_is_no_correction(self):
        self.policy.settlement_tolerance = 1
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        self._pay(invoice, amount=499.5)
        self._settle(order)
        self._pay(invoice)
        self.assertAccount(order, state='settled', corrected=False, paid=499.5, unpaid=0.5)

    # -- filters ------------------------------------------------------------------------------------

    def test_order_of_states(self):
        to_check, settled, different, unpaid = self._fulfil(self._new_order(count=4))
        for order in (to_check, settled):
            self._pay(self._invoice(order))
        invoice = self._invoice(different)
        self._reconcile(invoice, self._credit(invoice))
        self._settle(settled)
        orders = to_check + settled + different + unpaid
        found = self.env['order.settlement'].search([('order_id', 'in', orders.ids)], order='state')
        self.assertEqual(found.order_id, unpaid + different + to_check + settled)
        self.assertEqual(found.filtered(lambda row: row.state != 'settled').order_id, self.env['sale.order'].search(
            [('id', 'in', orders.ids), ('settlement_state', '!=', 'settled')]).sorted(
                lambda order: found.order_id.ids.index(order.id)))
        self.assertLessEqual(settled.settled_at, fields.Datetime.now())

    # -- earlier databases, uninstallation ----------------------------------------------------------

    def test_orders_fulfilled_before_there_were_settlements(self):
        orders = self._fulfil(self._new_order(count=2))
        self.env.flush_all()
        orders.settlement_id.unlink()
        self.env.flush_all()
        self.assertEqual(set(orders.mapped('settlement_state')), {'none'})
        path = file_path('sale_order_lifecycle/migrations/19.0.2.0.0/post-migration.py')
        spec = importlib.util.spec_from_file_location('post_migration', path)
        migration = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(migration)
        for _time in range(2):
            migration.open_settlements(self.env)
            self.assertEqual(len(orders.settlement_ids), 2)
            self.assertEqual(set(orders.mapped('settlement_state')), {'open'})

    def test_uninstallation_takes_everything_along(self):
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        self._deliver(order.picking_ids, {self.product_delivered: 3}, backorder=False)
        self._pay(self._invoice(order))
        self._settle(order, "Sold out", fault_role_code='purchasing')
        order.settlement_id.message_post(body="Noted")
        uninstall_hook(self.env)
        self.assertFalse(self.env['order.settlement'].search([]))
        self.assertFalse(self.env['mail.message'].search([('model', '=', 'order.settlement')]))
        self.assertTrue(order.exists())
