"""What one save does to several lines is judged once, by what it leaves (articles R5, R6)."""
from odoo import Command
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestLinesTogether(LifecycleCommon):
    """Ten pieces each of two goods at 100: 2 000. Finance has approved the sum, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_sales.active = False
        cls.stage_finance.watched_field_ids = cls.env['ir.model.fields']._get('sale.order', 'amount_untaxed')

    def _new_approved_order(self, quantities=(10, 10)):
        order = self._accept(self._new_order(lines=[(self.product_stock, quantity) for quantity in quantities]))
        self.assertRecordValues(order, [{'amount_untaxed': 100.0 * sum(quantities), 'review_state': 'approved'}])
        return order.with_user(self.user_sales)

    def _assert_kept(self, order, quantities=(12, 8)):
        """The quantities are others, the sum is the same, and nothing has happened to its approval on the way."""
        order.invalidate_recordset()
        self.assertEqual(tuple(order.order_line.sorted('id').mapped('product_uom_qty')), quantities)
        reviews = order.sudo().review_ids
        self.assertEqual(
            (order.amount_untaxed, order.review_state, reviews.mapped('state'), bool(reviews.voided_at)),
            (2000.0, 'approved', ['approved'], False))

    def test_lines_of_an_order(self):
        order = self._new_approved_order()
        first, second = order.order_line
        with self._in_transaction_of(self.user_sales):
            order.web_save({'order_line': [
                Command.update(first.id, {'product_uom_qty': 12}), Command.update(second.id, {'product_uom_qty': 8}),
            ]}, {})
        self._assert_kept(order)

    def test_added_and_removed(self):
        order = self._new_approved_order((10, 4, 6))
        with self._in_transaction_of(self.user_sales):
            order.write({'order_line': [
                Command.delete(order.order_line[2].id), Command.update(order.order_line[1].id, {'product_uom_qty': 3}),
                Command.create({'product_id': self.product_stock.id, 'product_uom_qty': 7})]})
        self._assert_kept(order, (10, 3, 7))

    def test_list_of_lines(self):
        order = self._new_approved_order()
        lines = order.order_line
        result = lines.web_save_multi([{'product_uom_qty': 12}, {'product_uom_qty': 8}], {'product_uom_qty': {}})
        self.assertEqual(result, [
            {'id': lines[0].id, 'product_uom_qty': 12.0}, {'id': lines[1].id, 'product_uom_qty': 8.0}])
        self._assert_kept(order)

    def test_list_of_orders(self):
        order, other = self._new_approved_order(), self._new_approved_order()
        with self._in_transaction_of(self.user_sales):
            (order | other).web_save_multi([{'order_line': [
                Command.update(line.id, {'product_uom_qty': quantity})
                for line, quantity in zip(changed.order_line, (12, 8))]} for changed in (order, other)], {})
        self._assert_kept(order)
        self._assert_kept(other)

    def test_file(self):
        order = self._new_approved_order()
        lines = order.order_line
        self.env['ir.model.data'].create([{
            'module': '__export__', 'name': f'line_{number}', 'model': lines._name, 'res_id': line.id,
        } for number, line in enumerate(lines)])
        for names, keys in (
            (['.id', 'product_uom_qty'], [str(line.id) for line in lines]),
            (['id', 'product_uom_qty'], ['__export__.line_0', '__export__.line_1']),
        ):
            with self.subTest(names=names):
                result = lines.load(names, [[keys[0], '12'], [keys[1], '8']])
                self.assertEqual(result['ids'], lines.ids, result['messages'])
                self._assert_kept(order)
                result = lines.load(names, [[keys[0], '10'], [keys[1], '10']])
                self.assertEqual(result['ids'], lines.ids, result['messages'])
                self._assert_kept(order, (10, 10))

    def test_lines_that_hang_on_a_line(self):
        order = self._new_approved_order()
        first, second = order.order_line
        second.linked_line_id = first
        with self._in_transaction_of(self.user_sales):
            first.write({
                'linked_line_ids': [Command.update(second.id, {'product_uom_qty': 8})], 'product_uom_qty': 12})
        self._assert_kept(order)

    def test_prices_of_the_list(self):
        """Core takes the discounts away, and enters them again."""
        self.env.ref('base.group_user').implied_ids |= self.env.ref('sale.group_discount_per_so_line')
        pricelist = self.env['product.pricelist'].create({'name': "Ten Percent", 'item_ids': [Command.create({
            'compute_price': 'percentage', 'percent_price': 10})]})
        order = self._accept(self._new_order(
            lines=[(self.product_stock, 10), (self.product_stock, 10)], pricelist_id=pricelist.id))
        self.assertEqual((order.amount_untaxed, order.order_line.mapped('discount')), (1800.0, [10.0, 10.0]))
        order.with_user(self.user_sales).action_update_prices()
        reviews = order.review_ids
        self.assertEqual(
            (order.amount_untaxed, order.review_state, len(reviews), bool(reviews.voided_at)),
            (1800.0, 'approved', 1, False))

    def test_order_of_the_lines(self):
        """What stands below another section for a moment has not moved."""
        self.stage_finance.watched_field_ids = False
        order = self._accept(self._new_order(lines=[
            {'display_type': 'line_section', 'name': "Ground floor"}, (self.product_stock, 10),
            {'display_type': 'line_section', 'name': "Upper floor"}, (self.product_stock, 10)]))
        lines = order.order_line.with_user(self.user_sales)
        # From the end of the numbers to the beginning: each line passes the sections of the others.
        lines.web_resequence({}, offset=100)
        lines.web_resequence({}, offset=0)
        self.assertEqual(lines.mapped('sequence'), [0, 1, 2, 3])
        self.assertEqual((order.review_state, bool(order.review_ids.voided_at)), ('approved', False))

    def test_a_sum_that_stays_another(self):
        """A change that is one in the end opens the review, once."""
        order = self._new_approved_order()
        version = order.sudo().values_version
        order.order_line.web_save_multi([{'product_uom_qty': 12}, {'product_uom_qty': 9}], {})
        reviews = order.sudo().review_ids.sorted('id')
        self.assertEqual((order.review_state, reviews.mapped('state')), ('in_review', ['approved', 'pending']))
        self.assertTrue(reviews[0].voided_at)
        self.assertEqual(order.sudo().values_version, version + 1)
        self.assertEqual(order.sudo().review_editor_ids, self.user_sales)

    def test_lines_and_more(self):
        """What is saved of the order itself is judged with its lines."""
        order = self._new_approved_order()
        version = order.sudo().values_version
        with self._in_transaction_of(self.user_sales):
            order.write({'note': "Ring twice", 'order_line': [
                Command.update(line.id, {'product_uom_qty': 11}) for line in order.order_line]})
        self.assertEqual((order.sudo().values_version, order.review_state), (version + 1, 'in_review'))

    def test_stage_that_would_apply_on_the_way(self):
        """What exceeds a limit for a moment is no matter of those who judge what exceeds it."""
        self.policy.stage_ids = [Command.create({
            'name': "Large Orders", 'role_id': self._role('legal').id, 'sequence': 30,
            'domain': "[('amount_untaxed', '>', 2000)]"})]
        order = self._new_approved_order()
        order.order_line.web_save_multi([{'product_uom_qty': 12}, {'product_uom_qty': 8}], {})
        self._assert_kept(order)

    def test_queries(self):
        """What the addon adds to a save is the same for 1 and for 20 lines, in review and confirmed."""
        plain = self._new_company("Plain")
        self.user_sales.company_ids |= plain

        def prepare(company, number, confirmed):
            order = self._new_order(
                company_id=company.id, lines=[(self.product_stock, 10)] * number,
                channel_id=self.channel.id if company == self.company else False)
            if company == self.company:
                self._accept(order)
            if confirmed:
                order.with_user(self.user_sales).action_confirm()
            return order.with_user(self.user_sales)

        def get_counts(number):
            counts = {}
            for step, vals, confirmed in (
                ('quantity', {'product_uom_qty': 11}, False), ('sequence', {'sequence': 20}, True),
            ):
                for way, save in (
                    ('order', lambda order, changed: order.write({'order_line': [
                        Command.update(line.id, changed) for line in order.order_line]})),
                    ('lines', lambda order, changed: order.order_line.write(changed)),
                    ('list', lambda order, changed: order.order_line.web_save_multi(
                        [changed] * len(order.order_line), {})),
                ):
                    with self._in_transaction_of(self.user_sales):
                        own, others = (
                            self._count_queries(save, prepare(company, number, confirmed), vals)
                            for company in (self.company, plain))
                    counts[f'{step}, {way}'] = own - others
            return counts

        self.assertSameCounts(get_counts, more=2)
