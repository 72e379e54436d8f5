from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import LifecycleCommon

REPORT = 'sale_order_lifecycle.report_review_sheet'


@tagged('post_install', '-at_install')
class TestReviewSheet(LifecycleCommon):
    """The overall verdict on paper (R5)."""

    def _render(self, orders, user):
        # In the test's own environment what people may not read would come from its cache.
        self.env.invalidate_all()
        content, _kind = self.env['ir.actions.report'].with_user(user)._render_qweb_html(REPORT, orders.ids)
        return [
            " ".join(article.text_content().split())
            for article in html.fromstring(content).xpath("//div[@class='article']")
        ] if content else []

    def _get_finance_review(self, order):
        return self._get_pending_reviews(order).with_user(self.user_finance).sudo(False)

    def test_decisions_and_verdict(self):
        self.stage_finance.write({
            'requires_plan': 'payment',
            'check_ids': [fields.Command.create({'name': "Credit limit respected"})],
        })
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).action_approve("As the price list says.")
        review = self._get_finance_review(order)
        [sheet] = self._render(order, self.user_legal)
        self.assertIn("As the price list says.", sheet)
        self.assertIn("In Review", sheet)
        review.planned_date = '2031-03-04'
        review.check_ids.result = 'ok'
        review.action_approve()
        [sheet] = self._render(order, self.user_legal)
        for text in (order.name, "Blue Harbour Ltd", "Stock Good", "Test Sales", "Test Finance", "03/04/2031",
                     "Credit limit respected", "OK", "Overall Result Approved"):
            self.assertIn(text, sheet)
        self.assertNotIn("Earlier Decisions", sheet)

    def test_earlier_decisions_stay(self):
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).action_approve()
        self._get_finance_review(order).action_return("The discount is missing.")
        order.with_user(self.user_sales).order_line.discount = 5
        self._submit(order)
        self._approve(order)
        [sheet] = self._render(order, self.user_finance)
        current, _heading, earlier = sheet.partition("Earlier Decisions")
        self.assertIn("Overall Result Approved", current)
        self.assertNotIn("The discount is missing.", current)
        self.assertIn("The discount is missing.", earlier)
        self.assertIn("Returned", earlier)

    def test_accepted_by_the_policy(self):
        self.policy.stage_ids.domain = "[('amount_total', '>', 1000000)]"
        order = self._submit(self._new_order())
        self.assertEqual(order.review_state, 'approved')
        [sheet] = self._render(order, self.user_sales)
        self.assertIn("The policy requires no review of this order", sheet)

    def test_who_may_print(self):
        order = self._submit(self._new_order())
        for login in ('finance', 'legal', 'aftersales', 'manager', 'sales'):
            with self.subTest(login=login):
                self.assertIn(order.name, self._render(order, self.users_by_login[login])[0])
        with self.assertRaises(AccessError):
            self._render(order, self.user_employee)
        other = self._new_company(policy=True)
        self.user_sales.company_ids |= other
        foreign = self._new_order(company_id=other.id)
        with self.assertRaises(AccessError):
            self._render(foreign, self.user_finance)

    def test_offered_where_there_was_a_review(self):
        action = self.env.ref('sale_order_lifecycle.action_report_review_sheet')
        reviewed, quotation = self._submit(self._new_order()), self._new_order()
        self.assertEqual(action.get_valid_action_reports('sale.order', reviewed.ids), action.ids)
        self.assertFalse(action.get_valid_action_reports('sale.order', quotation.ids))

    def test_many_at_once(self):
        orders = self._accept(self._new_order(20))

        def render(some):
            self.assertEqual(len(self._render(some, self.user_finance)), len(some))

        self.assertSameQueries(lambda number: orders[:number], render, more=2)


@tagged('post_install', '-at_install')
class TestReviewSheetOnOrder(LifecycleCommon):
    """The overall verdict on the order form (R5)."""

    def test_rows(self):
        self.stage_finance.requires_plan = 'payment'
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).action_approve("As listed.")
        [sales, finance] = order.with_user(self.user_finance).review_sheet
        self.assertEqual(
            (sales['state'], sales['person'], sales['comment'], sales['can_decide']),
            ('approved', "Test Sales", "As listed.", False))
        self.assertTrue(sales['decided_at'] and sales['hours_used'])
        self.assertEqual((finance['state'], finance['can_decide'], finance['needs_plan']), ('pending', True, True))
        review = self._get_pending_reviews(order).with_user(self.user_finance)
        review.planned_date = '2031-03-04'
        [_sales, finance] = order.with_user(self.user_finance).review_sheet
        self.assertEqual((finance['planned_date'], finance['needs_plan']), ("03/04/2031", False))
        self.assertFalse(order.with_user(self.user_legal).review_sheet[1]['can_decide'])

    def test_what_counts_now(self):
        """As on paper: of each department the row that counts, earlier rounds are listed below."""
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).action_return("Price?")
        self.assertEqual([row['state'] for row in order.review_sheet], ['returned'])
        self._submit(order)
        self._approve(order)
        self.assertEqual([row['state'] for row in order.review_sheet], ['approved', 'approved'])

    def test_what_is_on_the_screen(self):
        """The table sends what it has shown: what has changed since is not approved from it."""
        order = self._submit(self._new_order())
        self._get_pending_reviews(order).with_user(self.user_sales).action_approve()
        row = order.with_user(self.user_finance).review_sheet[1]
        review = self._get_pending_reviews(order).with_user(self.user_finance).with_context(
            seen_digests=[row['digest']])
        order.with_user(self.user_sales).order_line.price_unit = 7
        self._get_pending_reviews(order).with_user(self.user_sales).action_approve()
        with self.assertRaisesRegex(UserError, "has changed since you opened it"):
            self.env['order.review'].browse(row['id']).with_env(review.env).action_approve()

    def test_several_of_one_person(self):
        self.stage_sales.role_id = self.stage_finance.role_id
        self.stage_finance.sequence = self.stage_sales.sequence
        order = self._submit(self._new_order())
        rows = order.with_user(self.user_finance).review_sheet
        self.assertEqual([(row['can_decide'], row['is_one_of_several']) for row in rows], [(True, True)] * 2)

    def test_who_reads(self):
        order = self._submit(self._new_order())
        for login in ('accountant', 'stock'):
            with self.assertRaises(AccessError):
                order.with_user(self.users_by_login[login]).read(['review_sheet'])
        for login in ('legal', 'sales'):
            self.assertTrue(order.with_user(self.users_by_login[login]).read(['review_sheet'])[0]['review_sheet'])

    def test_many_at_once(self):
        orders = self._submit(self._new_order(20)).with_user(self.user_finance)
        self.assertSameQueries(
            lambda number: orders[:number], lambda some: some.mapped('review_sheet'), more=2)
