"""A completeness rule that can be waived: by whom, with which reason, for which values (article I3)."""
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


class WaiverCommon(LifecycleCommon):

    @classmethod
    def _set_up_policy(cls):
        super()._set_up_policy()
        cls.policy.intake_rule_ids = [
            Command.create({
                'name': "Payment", 'domain': "[('payment_term_id', '!=', False)]", 'message': "Choose the terms."}),
            Command.create({
                'name': "Date", 'domain': "[('commitment_date', '!=', False)]", 'message': "Enter the date.",
                'severity': 'waivable', 'waiver_role_id': cls._role('finance').id}),
        ]
        cls.rule_payment, cls.rule_date = cls.policy.intake_rule_ids

    @classmethod
    def _new_dateless(cls, count=None, **vals):
        return cls._new_order(count, commitment_date=False, **vals)

    def _waive(self, orders, reason="Named when the building is ready", user=None, **kwargs):
        orders.with_user(user or self.user_finance).action_waive(reason, **kwargs)
        return orders


@tagged('post_install', '-at_install')
class TestWaivers(WaiverCommon):

    def test_waive(self):
        order = self._register(self._new_dateless())
        self.assertEqual(order.missing_information, ["Enter the date. (Finance can waive this.)"])
        with self.assertRaisesRegex(UserError, "Finance can waive this"):
            order.with_user(self.user_sales).action_submit_review()
        self.assertTrue(order.with_user(self.user_finance).can_waive)
        self.assertFalse(order.with_user(self.user_sales).can_waive)
        self._waive(order, " The customer names it later ")
        waiver = order.waiver_ids
        self.assertRecordValues(waiver, [{
            'rule_id': self.rule_date.id, 'role_id': self._role('finance').id, 'lapsed_at': False,
            'waived_by_id': self.user_finance.id, 'reason': "The customer names it later"}])
        self.assertTrue(waiver.waived_at)
        self.assertEqual((order.missing_information, order.is_complete, order.waiver_count), ([], True, 1))
        self.assertIn(order, order.search([('is_complete', '=', True), ('id', '=', order.id)]))
        self.assertIn("The customer names it later", order.message_ids[:1].body)
        self.assertEqual(order.message_ids[:1].author_id, self.user_finance.partner_id)
        self._submit(order)
        self.assertEqual(order.review_state, 'in_review')

    def test_what_blocks_stays(self):
        order = self._new_dateless()
        order.payment_term_id = False
        self._waive(order)
        self.assertEqual(order.missing_information, ["Choose the terms."])
        self.assertNotIn(order, order.search([('is_complete', '=', True)]))
        with self.assertRaisesRegex(UserError, "has no missing information that can be waived"):
            self._waive(order)

    def test_only_the_role(self):
        orders = self._new_dateless(2)
        for login, user in self.users_by_login.items():
            if login == 'finance':
                continue
            for su in (False, True):
                with self.subTest(login=login, su=su), self.assertRaises(AccessError):
                    orders.with_user(user).sudo(su).action_waive("Because")
        # Odoo itself decides nothing.
        with self.assertRaises(AccessError):
            orders.with_user(self.env.ref('base.user_root')).action_waive("Because")
        self.assertFalse(orders.waiver_ids)

    def test_refusals(self):
        order, complete, cancelled = self._new_dateless(), self._new_order(), self._new_dateless()
        cancelled._action_cancel()
        for reason in ('', "  ", None, False, 7):
            with self.subTest(reason=reason), self.assertRaisesRegex(UserError, "Enter the reason"):
                self._waive(order, reason)
        for other, message in ((complete, "no missing information"), (cancelled, "no longer a quotation")):
            with self.subTest(message=message), self.assertRaisesRegex(UserError, message):
                self._waive(order | other)
        with self.assertRaisesRegex(UserError, "no missing information"):
            self._waive(order, rule_ids=self.rule_payment.ids)
        self.assertFalse(order.waiver_ids)
        self._waive(order, rule_ids=self.rule_date.ids)
        self.assertEqual(order.waiver_ids.rule_id, self.rule_date)

    def test_many(self):
        orders = self._new_dateless(3)
        orders[1].commitment_date = '2040-01-01 12:00:00'
        notification = orders.with_user(self.user_finance).action_waive_possible("Framework contract")
        self.assertIn("2 orders", notification['params']['message'])
        self.assertIn(orders[1].name, notification['params']['message'])
        self.assertEqual(orders.mapped('waiver_count'), [1, 0, 1])

    # -- what ends it ---------------------------------------------------------------------------

    def test_change_ends_it(self):
        changes = {
            'price': lambda order: order.order_line.write({'price_unit': 1}),
            'quantity': lambda order: order.write({
                'order_line': [Command.update(order.order_line.id, {'product_uom_qty': 700})]}),
            'line': lambda order: order.write({
                'order_line': [Command.create({'product_id': self.product_service.id})]}),
            'customer': lambda order: order.write({'partner_id': self.vendor.id}),
            'removed': lambda order: order.order_line.unlink(),
        }
        for name, change in changes.items():
            with self.subTest(name=name):
                order = self._waive(self._new_dateless())
                change(order.with_user(self.user_sales))
                self.assertTrue(order.waiver_ids.lapsed_at)
                self.assertEqual(order.waiver_count, 0)
                self.assertFalse(order.is_complete)
                self.assertNotIn(order, order.search([('is_complete', '=', True)]))
                self.assertIn("no longer valid", order.message_ids[:1].body)
                self._waive(order)
                self.assertEqual((len(order.waiver_ids), order.waiver_count), (2, 1))

    def test_other_change_does_not(self):
        order = self._waive(self._new_dateless())
        order.with_user(self.user_sales).write({'client_order_ref': "PO 7"})
        order.with_user(self.user_sales).message_post(body="Hello")
        self.assertTrue(order.is_complete)

    def test_silent_change(self):
        """What changes below every write is found when the order is submitted."""
        order = self._waive(self._register(self._new_dateless()))
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order_line SET price_unit = 1 WHERE order_id = %s", order.ids)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Enter the date"):
            order.with_user(self.user_sales).action_submit_review()
        self._waive(order)
        self._submit(order)

    def test_cancel_ends_it(self):
        order = self._waive(self._register(self._new_dateless()))
        order.with_user(self.user_sales)._action_cancel()
        self.assertTrue(order.waiver_ids.lapsed_at)
        order.with_user(self.user_sales).action_draft()
        self.assertFalse(order.is_complete)

    def test_copy_has_none(self):
        order = self._waive(self._new_dateless())
        self.assertFalse(order.copy({'commitment_date': False}).waiver_ids)

    # -- rights ---------------------------------------------------------------------------------

    def test_rows_are_made_by_the_action_only(self):
        order = self._waive(self._new_dateless())
        waiver, other = order.waiver_ids, self._new_dateless()
        vals = {
            'order_id': other.id, 'rule_id': self.rule_date.id, 'role_id': self._role('finance').id, 'reason': "Mine",
            'waived_by_id': self.user_finance.id, 'waived_at': '2026-01-01 00:00:00'}
        for login in ('sales', 'sales_manager', 'finance', 'manager', 'employee'):
            user = self.users_by_login[login]
            with self.subTest(login=login):
                with self.assertRaises(AccessError):
                    waiver.with_user(user).create(vals)
                with self.assertRaises(AccessError):
                    waiver.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    other.with_user(user).write({'waiver_count': 1})
        for command in (Command.create(vals), Command.link(waiver.id)):
            with self.assertRaises(AccessError):
                other.with_user(self.user_sales).write({'waiver_ids': [command]})

    def test_who_reads(self):
        manager = self.user_sales_manager
        waiver = self._waive(self._new_dateless(user_id=manager.id, user=manager)).waiver_ids
        for login in ('finance', 'manager', 'sales_manager'):
            self.assertEqual(waiver.with_user(self.users_by_login[login]).search([('id', '=', waiver.id)]), waiver)
        # Another department sees what was waived of the orders that it reviews.
        self.assertFalse(waiver.with_user(self.user_legal).search([('id', '=', waiver.id)]))
        self.env['order.review'].sudo().create({
            'order_id': waiver.order_id.id, 'stage_id': self.stage_finance.id, 'role_id': self._role('legal').id})
        self.assertEqual(waiver.with_user(self.user_legal).search([('id', '=', waiver.id)]), waiver)
        # A salesperson of own documents sees no colleague's.
        self.assertFalse(waiver.with_user(self.user_sales).search([('id', '=', waiver.id)]))
        with self.assertRaises(AccessError):
            waiver.with_user(self.user_employee).check_access('read')

    def test_other_company(self):
        company = self._new_company(policy=True)
        order = self._new_order(
            user=self.env.user, company_id=company.id, commitment_date=False, lines=[(self.product_service, 1)])
        with self.assertRaises(AccessError):
            self._waive(order)
        waiver = self._waive(self._new_dateless()).waiver_ids
        stranger = self._new_user('stranger', 'sale_order_lifecycle.group_finance', company=company)
        self.assertFalse(waiver.with_user(stranger).search([('id', '=', waiver.id)]))

    # -- the rule -------------------------------------------------------------------------------

    def test_rule_names_a_role(self):
        draft = self._new_policy()
        vals = {'name': "Date", 'message': "Enter it.", 'severity': 'waivable'}
        with self.assertRaisesRegex(ValidationError, "select the role"):
            draft.intake_rule_ids = [Command.create(vals)]
        draft.intake_rule_ids = [Command.create({**vals, 'waiver_role_id': self._role('legal').id})]
        rule = draft.intake_rule_ids
        rule.severity = 'blocking'
        self.assertFalse(rule.waiver_role_id)

    def test_copied_and_printed(self):
        copy = self.policy.copy()
        self.assertEqual(copy.intake_rule_ids.mapped('waiver_role_id'), self._role('finance'))
        html = self.env['ir.actions.report']._render_qweb_html(
            'sale_order_lifecycle.report_policy', self.policy.ids)[0].decode()
        self.assertIn("Can Be Waived", html)
        self.assertIn("with a reason that is recorded", html)

    # -- screens and cost -----------------------------------------------------------------------

    def test_wizard(self):
        orders = self._new_dateless(2)
        Wizard = self.env['order.intake.waiving'].with_user(self.user_finance)
        with Form(Wizard.with_context(active_model='sale.order', active_ids=orders.ids)) as form:
            self.assertEqual(form.missing_summary, "Enter the date.")
            form.reason = "Framework contract"
        action = form.record.action_waive()
        self.assertEqual(action['tag'], 'display_notification')
        self.assertEqual(orders.mapped('waiver_count'), [1, 1])

    def test_form_tells_while_typing(self):
        order = self._waive(self._new_dateless(user_id=self.user_sales.id))
        with Form(order.with_user(self.user_sales)) as form:
            self.assertFalse(form.missing_summary)
            form.payment_term_id = self.env['account.payment.term']
            self.assertEqual(form.missing_summary, "Choose the terms.")

    def test_queries(self):
        def prepare(number):
            return self._new_dateless(number).with_user(self.user_finance)

        def read(orders):
            orders.mapped('missing_information')
            orders.mapped('can_waive')

        self.assertSameQueries(prepare, {'waive': lambda orders: orders.action_waive("Because"), 'read': read})
