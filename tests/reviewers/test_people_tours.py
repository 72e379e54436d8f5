from odoo.tests import HttpCase, tagged

from ..review.common import PeopleCommon


@tagged('post_install', '-at_install')
class TestPeopleTours(PeopleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._new_product("Tour Lantern", type='service')

    def _submit_for(self, name, **vals):
        return self._new_finance_reviews(
            partner_id=self.env['res.partner'].create({'name': name}).id, lines=[(self.product, 1)], **vals)

    def test_delegation(self):
        """Finance names a delegate, a plain employee, who decides from the activity menu, in all companies."""
        company = self._new_company(policy=True)
        for user in (self.user_sales, self.user_finance, self.user_employee):
            user.company_ids |= company
        one = self._submit_for("Customer One")
        two = self._submit_for("Customer Two", company_id=company.id)
        self.start_tour('/odoo', 'order_delegation_enter', login=self.user_finance.login)
        delegation = self.env['order.review.delegation'].search([('user_id', '=', self.user_finance.id)])
        self.assertRecordValues(delegation, [{'state': 'running', 'delegate_id': self.user_employee.id}])
        self.start_tour('/odoo', 'order_delegate_decides', login=self.user_employee.login)
        self.assertRecordValues(one | two, [
            {'state': 'approved', 'decided_by_id': self.user_employee.id, 'delegated_for_id': self.user_finance.id},
            {'state': 'returned', 'decided_by_id': self.user_employee.id, 'delegated_for_id': self.user_finance.id}])

    def test_assign_and_forward(self):
        reviews = [self._submit_for(f"Customer {number}") for number in ("One", "Two", "Three")]
        self.start_tour('/odoo/order-reviews', 'order_assign_and_forward', login=self.user_finance.login)
        self.assertEqual([review.state for review in reviews], ['pending', 'returned', 'returned'])
        self.assertEqual(reviews[0].user_id, self.user_finance2)

    def test_preference(self):
        self.start_tour('/odoo', 'order_notice_preference', login=self.user_finance.login)
        self.assertEqual(self.user_finance.order_notice_mode, 'digest')
