"""Attacks on the gate, the reviews and the policy, each by the person who would gain from it (article R5)."""
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.http_routing.tests.common import MockRequest

from ..acceptance.test_portal_acceptance import SIGNATURE
from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestAttacksOnTheGate(LifecycleCommon):
    """A salesperson wants to sell without an approval, or something else than was approved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.note = {'name': "Note", 'display_type': 'line_note'}

    def _new_approved(self, **vals):
        return self._accept(self._new_order(**vals)).with_user(self.user_sales)

    def _new_confirmed(self, **vals):
        return self._confirm(self._new_order(**vals)).with_user(self.user_sales)

    # -- the stages that apply --------------------------------------------------------------------

    def test_forged_amounts(self):
        """Conditions of stages look at amounts, so nobody writes them past the lines, over the order either."""
        order = self._new_order().with_user(self.user_sales)
        for name in ('price_subtotal', 'price_tax', 'price_total', 'qty_to_invoice', 'qty_invoiced'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                order.write({'order_line': [Command.update(order.order_line.id, {name: 1})]})

    def test_forged_amounts_by_default(self):
        self.env['ir.default'].with_user(self.user_sales).set('sale.order', 'amount_untaxed', 1.0, user_id=True)
        self.env['ir.default'].with_user(self.user_sales).set('sale.order.line', 'price_subtotal', 1.0, user_id=True)
        order = self._new_order()
        self.assertEqual((order.amount_untaxed, order.order_line.price_subtotal), (500, 500))

    def test_condition_in_the_environment_of_the_caller(self):
        """Language and company of the caller do not decide which stages apply."""
        second = self._new_company()
        self.user_sales.company_ids |= second
        limit = self.partner.with_company(self.company)
        limit.property_payment_term_id = self.payment_term
        self.stage_finance.domain = "[('partner_id.property_payment_term_id', '!=', False)]"
        order = self._submit(self._new_order())
        self.assertIn('finance', order.review_ids.role_id.mapped('code'))
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        self.assertEqual(order.review_state, 'in_review')
        other = order.with_user(self.user_sales).with_context(allowed_company_ids=[second.id, self.company.id])
        other.write({'client_order_ref': "Look again"})
        other.order_line[0].write({'discount': 1})
        self.assertIn('finance', order.review_ids.filtered(
            lambda review: review.state in ('waiting', 'pending')).role_id.mapped('code'))
        with self.assertRaises(UserError):
            other.action_confirm()

    def test_archived_stage_in_the_context(self):
        stage = self.stage_finance.copy({'name': "Old Stage", 'active': False})
        order = self._new_order().with_user(self.user_sales).with_context(active_test=False)
        order.action_register()
        order.action_submit_review()
        self.assertNotIn(stage, order.sudo().review_ids.stage_id)

    # -- other values than were approved ------------------------------------------------------------

    def test_line_removed_by_cascade(self):
        """A line that hangs on another one goes with it in the database, past ``unlink``."""
        order = self._new_confirmed(lines=[(self.product_stock, 5), (self.product_service, 1), self.note])
        note = order.order_line.filtered('display_type')
        line = order.order_line.filtered(lambda line: line.product_id == self.product_service)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.linked_line_id = note
            note.unlink()
        self.assertEqual(order.amount_untaxed, 580)

    def test_lines_that_core_lets_go(self):
        order = self._new_confirmed(lines=[
            (self.product_stock, 5),
            {'product_id': self.product_service.id, 'product_uom_qty': 1, 'is_downpayment': True},
        ])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.order_line.filtered('is_downpayment').unlink()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.write({'order_line': [Command.delete(order.order_line[1].id)]})

    def test_expense_is_no_disguise(self):
        product = self._new_product("Travel", type='service', expense_policy='sales_price')
        order = self._new_confirmed(lines=[
            (self.product_stock, 5), {'product_id': product.id, 'product_uom_qty': 3, 'is_expense': True}])
        line = order.order_line.filtered('is_expense')
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.price_unit = 1
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.product_uom_qty = 30
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.unlink()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.write({'order_line': [Command.create({
                'product_id': product.id, 'product_uom_qty': 1, 'is_expense': True, 'price_unit': -300})]})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.env['sale.order.line'].with_user(self.user_sales).create({
                'order_id': order.id, 'product_id': product.id, 'product_uom_qty': 1, 'is_expense': True})

    def test_rate_of_a_line_without_quantity(self):
        """What is sold by the hour has no quantity before it is done, but its rate was approved."""
        hours = self._new_product("Hour", type='service', invoice_policy='delivery')
        order = self._new_confirmed(lines=[(self.product_stock, 5), (hours, 0)])
        line = order.order_line.filtered(lambda line: line.product_id == hours)
        for vals in ({'price_unit': 1}, {'discount': 90}, {'product_id': self.product_service.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError), self.env.cr.savepoint():
                line.write(vals)
        line.qty_delivered = 3
        self.assertEqual(line.qty_to_invoice, 3)

    def test_unapproved_service_is_not_delivered(self):
        rebate = self._new_product("Rebate", type='service', invoice_policy='delivery')
        order = self._new_confirmed()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.env['sale.order.line'].with_user(self.user_sales).create({
                'order_id': order.id, 'product_id': rebate.id, 'product_uom_qty': 0, 'price_unit': -400})
        line = self.env['sale.order.line'].with_user(self.user_sales).create({
            'order_id': order.id, 'product_id': rebate.id, 'product_uom_qty': 0})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.qty_delivered = 1
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.env['sale.order.line'].with_user(self.user_sales).create({
                'order_id': order.id, 'product_id': rebate.id, 'product_uom_qty': 0, 'price_unit': -400,
                'qty_delivered': 1})

    def test_specification_and_terms(self):
        """What the customer gets besides product and price: the variant's options, the Incoterm, fixed taxes."""
        incoterm = self.env['account.incoterms'].search([], limit=1)
        attribute = self.env['product.attribute'].create({
            'name': "Finish", 'create_variant': 'no_variant',
            'value_ids': [Command.create({'name': "Oak"}), Command.create({'name': "Gold"})]})
        template = self.env['product.template'].create({
            'name': "Door", 'type': 'consu', 'list_price': 100, 'taxes_id': False,
            'attribute_line_ids': [Command.create({
                'attribute_id': attribute.id, 'value_ids': [Command.set(attribute.value_ids.ids)]})]})
        oak, gold = template.attribute_line_ids.product_template_value_ids
        lines = [{'product_id': template.product_variant_id.id, 'product_uom_qty': 1,
                  'product_no_variant_attribute_value_ids': [Command.set(oak.ids)]}]
        changes = [
            lambda order: order.write({'incoterm': incoterm.id}),
            lambda order: order.write({'incoterm_location': "Free at your door"}),
            lambda order: order.order_line.write({
                'product_no_variant_attribute_value_ids': [Command.set(gold.ids)]}),
            lambda order: order.order_line.write({'extra_tax_data': {'price_unit': 1}}),
        ]
        for number, change in enumerate(changes):
            with self.subTest(number=number):
                order = self._new_approved(lines=lines)
                change(order)
                self.assertEqual(order.review_state, 'in_review')
                order = self._new_confirmed(lines=lines)
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    change(order)

    def test_repair_is_no_disguise(self):
        """A move of a repair does not make an agreed line a part of the repair."""
        order = self._new_confirmed(lines=[(self.product_stock, 5), (self.product_service, 1)])
        line = order.order_line.filtered(lambda line: line.product_id == self.product_service)
        repair = self.env['repair.order'].create({'partner_id': self.partner.id, 'sale_order_id': order.id})
        self.env['stock.move'].create({
            'product_id': self.product_stock.id, 'product_uom_qty': 1, 'repair_id': repair.id,
            'repair_line_type': 'add', 'sale_line_id': line.id,
            'location_id': self.warehouse.lot_stock_id.id,
            'location_dest_id': self.env.ref('stock.stock_location_customers').id,
        })
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.price_unit = 1

    def test_wizards_and_catalogue(self):
        order = self._new_confirmed()
        line = order.order_line
        tax = self.env['account.tax'].create({'name': "Test Tax", 'amount': 10})

        def discount(discount_type, **vals):
            return self.env['sale.order.discount'].with_user(self.user_sales).create({
                'sale_order_id': order.id, 'discount_type': discount_type, **vals}).action_apply_discount()

        def catalogue(product, quantity):
            with MockRequest(order.env):
                order._update_order_line_info(product.id, quantity)

        attempts = [
            lambda: discount('sol_discount', discount_percentage=0.5),
            lambda: discount('so_discount', discount_percentage=0.5),
            lambda: discount('amount', discount_amount=100),
            lambda: catalogue(self.product_service, 3),
            lambda: catalogue(self.product_stock, 1),
            lambda: catalogue(self.product_stock, 0),
            lambda: line.write({'tax_ids': [Command.set(tax.ids)]}),
            lambda: line.write({'display_type': 'line_note'}),
            lambda: line.copy({'order_id': order.id}),
            lambda: order.web_save({'order_line': [[1, line.id, {'price_unit': 2}]]}, {}),
            lambda: order.web_save({'pricelist_id': self.env['product.pricelist'].create({'name': "Other"}).id}, {}),
            lambda: order.write({'fiscal_position_id': self.env['account.fiscal.position'].create({
                'name': "Elsewhere"}).id}),
            lambda: order.write({'promised_date': '2031-01-01'}),
            lambda: order.write({'state': 'sent'}),
            order.action_draft,
        ]
        for number, attempt in enumerate(attempts):
            with self.subTest(number=number):
                before = order._get_watched_values()
                try:
                    with self.env.cr.savepoint():
                        attempt()
                except UserError:
                    pass
                self.env.invalidate_all()
                self.assertEqual((order.state, order._get_watched_values()), ('sale', before))

    def test_recompute_by_buttons(self):
        pricelist = self.env['product.pricelist'].create({
            'name': "Half", 'item_ids': [Command.create({'compute_price': 'percentage', 'percent_price': 50})]})
        order = self._new_approved(pricelist_id=pricelist.id)
        pricelist.item_ids.percent_price = 90
        order.action_update_prices()
        self.assertEqual(order.review_state, 'in_review')
        with self.assertRaises(UserError):
            order.action_confirm()
        order = self._new_confirmed(pricelist_id=pricelist.id)
        before = order.amount_untaxed
        pricelist.item_ids.percent_price = 99
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.action_update_prices()
        order.action_lock()
        order.action_unlock()
        self.assertEqual(order.amount_untaxed, before)

    def test_one_write_for_both(self):
        order = self._new_approved()
        for vals in (
            {'state': 'sale', 'order_line': [Command.update(order.order_line.id, {'price_unit': 1})]},
            {'order_line': [Command.clear()], 'state': 'sale'},
            {'state': 'sale', 'payment_term_id': False},
            {'state': 'sale', 'order_line': [Command.create({
                'product_id': self.product_service.id, 'product_uom_qty': 1, 'price_unit': -100})]},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError), self.env.cr.savepoint():
                order.write(vals)
        self.assertEqual(order.state, 'draft')

    def test_line_moved_out_of_an_approved_order(self):
        order = self._new_approved(lines=[(self.product_stock, 5), (self.product_service, 1)])
        other = self._new_order().with_user(self.user_sales)
        order.order_line[1].order_id = other
        self.assertEqual(order.review_state, 'in_review')

    def test_copy_of_an_approved_order(self):
        copy = self._new_approved().copy()
        self.assertRecordValues(copy, [{
            'policy_id': self.policy.id, 'review_state': 'none', 'received_at': False, 'approved_at': False}])
        self.assertFalse(copy.review_ids)
        with self.assertRaises(UserError):
            copy.action_confirm()

    def test_load_over_an_existing_order(self):
        order = self._new_approved()
        self.env['ir.model.data'].create({
            'module': '__test__', 'name': 'order', 'model': 'sale.order', 'res_id': order.id})
        self.env['sale.order'].with_user(self.user_sales).load(
            ['id', 'order_line/.id', 'order_line/price_unit', 'state'],
            [['__test__.order', str(order.order_line.id), '1', 'Sales Order']])
        self.env.invalidate_all()
        self.assertNotEqual(order.state, 'sale')

    def test_two_policies(self):
        """An order in review keeps its policy, also when a laxer one comes into force or none is left."""
        order = self._submit(self._new_order()).with_user(self.user_sales)
        lax = self._adopt(self._new_policy(stages=()))
        with self.assertRaises(UserError):
            order.action_confirm()
        with self.assertRaises(UserError):
            order.action_register()
        lax.with_user(self.user_manager).action_retire()
        with self.assertRaises(UserError):
            order.action_confirm()
        order.action_cancel()
        order.action_draft()
        with self.assertRaises(UserError):
            order.action_confirm()
        self.assertEqual(order.policy_id, self.policy)

    def test_composer_and_signature(self):
        order = self._new_order().with_user(self.user_sales)
        order.with_context(mark_so_as_sent=True).message_post(body="Quotation", subtype_xmlid='mail.mt_comment')
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            order.write({'signature': SIGNATURE, 'signed_by': "Me"})
        self.assertFalse(order.signature)
        self.assertFalse(order.customer_accepted_at)
        with self.assertRaises(UserError):
            order.action_confirm()


@tagged('post_install', '-at_install')
class TestAttacksOnReviews(LifecycleCommon):
    """Somebody wants to decide the review of others, or to forge who has decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.four_eyes = True
        cls.user_both = cls._new_user(
            'both', 'sales_team.group_sale_salesman_all_leads,sale_order_lifecycle.group_finance')

    def _get_finance_review(self, order):
        self._get_pending_reviews(order).with_user(self.user_sales_manager).sudo(False).action_approve()
        return self._get_pending_reviews(order).with_user(self.user_both).sudo(False)

    def test_four_eyes_after_a_change_of_salesperson(self):
        order = self._new_order(user=self.user_sales_manager, user_id=self.user_both.id)
        self._submit(order, self.user_sales_manager)
        review = self._get_finance_review(order)
        self.assertFalse(review.can_decide)
        order.with_user(self.user_both).user_id = self.user_sales
        self.env.invalidate_all()
        self.assertFalse(review.can_decide)
        self.assertNotIn(review, review.search([('can_decide', '=', True)]))
        with self.assertRaises(AccessError):
            review.action_approve()
        # Nor by giving it back and forth, emptying it, or naming the former ones anew.
        order.with_user(self.user_both).user_id = False
        with self.assertRaises(AccessError):
            review.action_approve()
        with self.assertRaises(AccessError):
            order.with_user(self.user_both).former_salesperson_ids = [Command.clear()]
        # Whoever has nothing to do with it decides.
        review.with_user(self.user_finance).action_approve()
        self.assertEqual(order.review_state, 'approved')

    def test_salesperson_before_registration_is_free(self):
        order = self._new_order(user=self.user_sales_manager, user_id=self.user_both.id)
        order.with_user(self.user_sales_manager).user_id = self.user_sales
        self._submit(order)
        self.assertTrue(self._get_finance_review(order).can_decide)

    def test_creator_cannot_be_rewritten(self):
        order = self.env['sale.order'].with_user(self.user_both).create(
            self._prepare_order_vals(user_id=self.user_sales.id))
        order.write({'create_uid': self.user_sales.id})
        self._submit(order)
        with self.assertRaises(AccessError):
            self._get_finance_review(order).action_approve()

    def test_other_rooms_of_a_review(self):
        """Plan and checklist belong to the review's own role, and stay where they are."""
        self.stage_finance.check_ids = [Command.create({'name': "Credit"})]
        one, other = self._submit(self._new_order(count=2))
        for order in (one, other):
            self._get_finance_review(order)
        mine, theirs = (
            order.sudo().review_ids.filtered(lambda review: review.role_id.code == 'finance') for order in (one, other))
        for user in (self.user_sales, self.user_legal, self.user_manager):
            for attempt in (
                lambda user=user: mine.with_user(user).write({'planned_date': '2031-01-01'}),
                lambda user=user: mine.check_ids.with_user(user).write({'result': 'ok'}),
                lambda user=user: mine.with_user(user).write({'check_ids': [
                    Command.update(mine.check_ids.id, {'result': 'ok'})]}),
            ):
                with self.subTest(user=user.login), self.assertRaises(UserError), self.env.cr.savepoint():
                    attempt()
        finance = mine.with_user(self.user_finance)
        for command in (
            Command.create({'name': "Easy", 'result': 'ok'}), Command.delete(mine.check_ids.id),
            Command.unlink(mine.check_ids.id), Command.link(theirs.check_ids.id), Command.clear(),
            Command.set(theirs.check_ids.ids), Command.update(mine.check_ids.id, {'required': False}),
            Command.update(mine.check_ids.id, {'review_id': theirs.id}),
        ):
            with self.subTest(command=command), self.assertRaises(UserError), self.env.cr.savepoint():
                finance.write({'check_ids': [command]})
                self.env.flush_all()
        with self.assertRaises(UserError):
            finance.action_approve()
        self.assertEqual(len(mine.check_ids), 1)

    def test_parents_make_no_rows(self):
        order = self._submit(self._new_order())
        review = self._get_pending_reviews(order)
        vals = {'order_id': order.id, 'stage_id': self.stage_finance.id, 'role_id': self._role('finance').id,
                'state': 'approved', 'decided_by_id': self.user_finance.id}
        for user in (self.user_sales, self.user_finance, self.user_manager):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.env['order.review'].with_user(user).create(vals)
                with self.assertRaises(AccessError):
                    review.with_user(user).copy()
                with self.assertRaises(AccessError):
                    review.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    self.env['order.review'].with_user(user).onchange(vals, [], {'changes': {}})
                with self.assertRaises(UserError):
                    review.with_user(user).web_save({'decided_at': '2020-01-01 00:00:00'}, {})

    def test_decided_twice(self):
        order = self._submit(self._new_order())
        review = self._get_pending_reviews(order).with_user(self.user_sales).sudo(False)
        review.action_approve()
        for action in (review.action_approve, lambda: review.action_return("No"), lambda: review.action_reject("No")):
            with self.assertRaises(UserError):
                action()
        self.assertFalse(review.voided_at)

    def test_sales_manager_and_lifecycle_manager_decide_nothing(self):
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        review = self._get_pending_reviews(order)
        for user in (self.user_sales_manager, self.user_manager, self.user_legal, self.user_stock, self.user_employee,
                     self.env.ref('base.user_admin')):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                review.with_user(user).sudo(False).action_approve()
            wizard = self.env['order.review.decision'].sudo().create({
                'review_ids': [Command.set(review.ids)], 'decision': 'reject', 'comment': "No"})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                wizard.with_user(user).sudo(False).action_apply()


@tagged('post_install', '-at_install')
class TestAttacksOnThePolicy(LifecycleCommon):
    """The manager of one company has no word in another, and nobody reads there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_other = cls._new_company("Other Company", policy=True)
        cls.policy_other = cls.company_other.order_policy_id
        cls.user_manager.company_ids = cls.company
        cls.user_foreign = cls._new_user(
            'foreign', 'sale_order_lifecycle.group_manager,sales_team.group_sale_manager', company=cls.company_other)

    def test_rules_cannot_be_carried_into_another_policy(self):
        stage = self.policy_other.stage_ids[0]
        stage.check_ids = [Command.create({'name': "Check"})]
        rule = self.env['order.intake.rule'].create({
            'policy_id': self.policy_other.id, 'name': "Rule", 'message': "Do", 'domain': "[('id', '=', 0)]"})
        duty = self.env['order.policy.responsibility'].create({
            'policy_id': self.policy_other.id, 'role_id': self._role('legal').id})
        for record, vals in (
            (stage, {'policy_id': self.policy.id}), (rule, {'policy_id': self.policy.id}),
            (duty, {'policy_id': self.policy.id}), (stage.check_ids, {'stage_id': self.stage_finance.id}),
        ):
            with self.subTest(model=record._name), self.assertRaises(AccessError), self.env.cr.savepoint():
                record.with_user(self.user_foreign).write(vals)
                self.env.flush_all()
            with self.subTest(model=record._name), self.assertRaises(AccessError), self.env.cr.savepoint():
                record.with_user(self.user_foreign).copy(vals)
        self.assertEqual(self.policy.stage_ids, self.stage_sales + self.stage_finance)

    def test_foreign_manager(self):
        policy, stage = self.policy.with_user(self.user_foreign), self.stage_finance.with_user(self.user_foreign)
        for attempt in (
            policy.action_retire, policy.copy, lambda: policy.read(['name']),
            lambda: stage.write({'active': False}), lambda: stage.read(['domain']), stage.unlink,
            lambda: policy.write({'stage_ids': [Command.clear()]}),
            lambda: self.policy_other.with_user(self.user_foreign).write({
                'stage_ids': [Command.link(self.stage_finance.id)]}),
            lambda: policy.with_context(allowed_company_ids=[self.company.id]).read(['name']),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()

    def test_adoption_tells_nothing_of_another_company(self):
        self.policy.responsibility_ids = [Command.create({
            'role_id': self._role('legal').id, 'user_id': self.user_legal.id})]
        template = self.env['order.policy'].search([('company_id', '=', False)], limit=1)
        Wizard = self.env['order.policy.adopt'].with_user(self.user_foreign)
        with self.assertRaises(AccessError) as refusal:
            Wizard.onchange({'template_id': template.id, 'company_id': self.company.id}, ['company_id'], {
                'policy_in_force_id': {'fields': {'display_name': {}}}, 'outsiders': {},
                'line_ids': {'fields': {'user_id': {'fields': {'display_name': {}}}}},
            })
        self.assertNotIn(self.policy.name, str(refusal.exception))
        self.assertNotIn(self.user_legal.name, str(refusal.exception))

    def test_foreign_reviews_and_refusals(self):
        order = self._submit(self._new_order())
        self.env['order.channel'].with_user(self.user_sales).submit_orders(self.channel.code, [{'reference': "Bad"}])
        refusal = self.env['order.channel.refusal'].search([('reference', '=', "Bad")])
        self.assertTrue(refusal)
        user = self.user_foreign
        for records in (order, order.review_ids, refusal, self.channel, self.stage_sales, self.policy):
            with self.subTest(model=records._name):
                self.assertFalse(records.with_user(user).search([('id', 'in', records.ids)]))
                with self.assertRaises(AccessError):
                    records.with_user(user).sudo(False).read([])
        with self.assertRaises(AccessError):
            self._get_pending_reviews(order).with_user(user).sudo(False).action_approve()

    def test_json_is_for_managers(self):
        order = self._accept(self._new_order())
        for records, name in ((order, 'customer_accepted_values'), (order, 'received_payload'),
                              (order.review_ids, 'watched_values')):
            for user in (self.user_sales, self.user_sales_manager, self.user_finance):
                with self.subTest(field=name, user=user.login):
                    with self.assertRaises(AccessError):
                        records.with_user(user).sudo(False).read([name])
                    with self.assertRaises(AccessError):
                        records.with_user(user).sudo(False).search([(name, '!=', False)])

    def test_customer_reads_nothing_of_the_review(self):
        """A customer reads the order over RPC; what the company notes about it is none of it."""
        portal = self._new_user('portal', 'base.group_portal')
        portal.partner_id.parent_id = self.partner
        order = self._accept(self._new_order(partner_id=portal.partner_id.id))
        own = order.with_user(portal).sudo(False)
        own.message_subscribe(portal.partner_id.ids)
        self.assertEqual(own.read(['name'])[0]['name'], order.name)
        for name in ('review_state', 'review_summary', 'waiting_for', 'customer_has_overdue_invoice', 'policy_id',
                     'missing_summary', 'registered_by_id', 'review_ids', 'lifecycle_phase'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                own.read([name])
        with self.assertRaises(AccessError):
            own.search([('review_state', '=', 'approved')])
        self.assertNotIn('review_state', own.fields_get())

    def test_role_with_a_chosen_group(self):
        """A list of new roles does not smuggle in a group that only administrators may choose."""
        group = self.env['res.groups'].create({'name': "Chosen", 'implied_ids': [Command.link(
            self.env.ref('sale_order_lifecycle.group_reviewer').id)]})
        with self.assertRaises(AccessError):
            self.env['order.role'].with_user(self.user_manager).create([
                {'name': "One", 'code': 'one'}, {'name': "Two", 'code': 'two', 'group_id': group.id}])

    def test_orders_confirmed_before_adoption_stay_plain(self):
        company = self._new_company("Late Company")
        self.user_sales.company_ids |= company
        order = self._new_order(company_id=company.id).with_user(self.user_sales).with_context(
            allowed_company_ids=[company.id])
        order.action_confirm()
        self._adopt(self._new_policy(company))
        order.write({'company_id': company.id, 'client_order_ref': "Imported again"})
        self.assertFalse(order.policy_id)
        order.order_line.price_unit = 3
        self.assertEqual(fields.Date.to_string(order.date_order.date()), fields.Date.to_string(fields.Date.today()))
