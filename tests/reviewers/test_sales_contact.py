"""Of orders that nobody sells, as interfaces bring them, somebody hears all the same."""
from odoo import Command
from odoo.tests import tagged

from ..review.common import PeopleCommon


@tagged('post_install', '-at_install')
class TestSalesContact(PeopleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_api = cls._new_user('contact_api', 'sale_order_lifecycle.group_intake_api,base.group_user')
        cls.leader = cls._new_user('leader', 'sales_team.group_sale_salesman_all_leads')
        cls.leader.notification_type = 'inbox'
        cls.policy.responsibility_ids = [Command.clear()]
        cls.team = cls.env['crm.team'].create({'name': "Interfaces", 'company_id': cls.company.id})
        cls.channel.write({'user_id': False, 'team_id': False})

    def _new_reviews(self, count=1):
        """Pending finance reviews of orders that came from a machine."""
        reviews = self._new_finance_reviews(count, team_id=self.team.id, channel_id=self.channel.id)
        reviews.sudo().order_id.write({
            'user_id': False, 'submitted_by_id': self.user_api.id, 'registered_by_id': self.user_api.id})
        return reviews.with_user(self.user_finance)

    def _get_contacts(self, review):
        return review.sudo().order_id._get_sales_contact()

    def test_who(self):
        """Who has submitted it, is responsible for the channel, leads the team, manages; archived people are nobody."""
        review = self._new_reviews()
        managers = self.policy._get_managers()
        self.assertIn(self.user_manager, managers)
        self.assertEqual(self._get_contacts(review), managers)
        self.policy.responsibility_ids = [Command.create({
            'role_id': self._role('sales').id, 'user_id': self.user_sales_manager.id})]
        self.assertEqual(self._get_contacts(review), self.user_sales_manager)
        self.team.user_id = self.leader
        self.assertEqual(self._get_contacts(review), self.leader)
        self.channel.user_id = self.user_sales_manager
        self.assertEqual(self._get_contacts(review), self.user_sales_manager)
        review.sudo().order_id.submitted_by_id = self.user_sales
        self.assertEqual(self._get_contacts(review), self.user_sales)
        review.sudo().order_id.write({'user_id': self.user_sales.id, 'submitted_by_id': self.user_api.id})
        self.assertEqual(self._get_contacts(review), self.user_sales)
        (self.user_sales | self.user_sales_manager).active = False
        self.assertEqual(self._get_contacts(review), self.leader)

    def test_all_is_told(self):
        """Returns, rejections, questions, approvals and revocations come to the leader of the team."""
        self.team.user_id = self.leader
        returned, rejected, asked, approved = self._new_reviews(4)
        returned.action_return("No price")
        rejected.action_reject("No stock")
        for review in (returned, rejected):
            self.assertEqual(review.sudo().order_id.activity_ids.user_id, self.leader)
        asked.action_ask("Which discount?")
        self.assertEqual(asked.sudo().order_id.activity_ids.user_id, self.leader)
        approved.action_approve()
        approved.action_revoke("Too early")
        self.assertEqual([subject for subject in self._get_subjects(self.leader) if "assigned to you" not in subject], [
            f"{self.user_finance.name} has a question about an order",
            f"Approved: {approved.sudo().order_id.name}", "A decision has been revoked"])

    def test_managers(self):
        review, approved = self._new_reviews(2)
        review.action_return("No price")
        self.assertEqual(review.sudo().order_id.activity_ids.user_id, self.policy._get_managers())
        approved.action_approve()
        self.assertEqual(
            self._get_subjects(self.user_manager)[-1:], [f"Approved: {approved.sudo().order_id.name}"])

    def test_release(self):
        self.team.user_id = self.leader
        self.policy.allow_emergency_release = True
        order = self._new_reviews().sudo().order_id
        releaser = self._new_user('releaser', 'sale_order_lifecycle.group_emergency_release')
        order.with_user(releaser).sudo(False).action_release_emergency("The customer waits")
        self.assertIn("Released in an emergency", self._get_subjects(self.leader))
