from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged('post_install', '-at_install')
class TestPolicyTours(HttpCase):

    def test_adopt(self):
        """A manager adopts the standard policy and finds what belongs to it (articles P1, P2)."""
        company = self.env['res.company'].create({'name': "Fresh Company"})
        manager = new_test_user(
            self.env, login='tour_manager', groups='sale_order_lifecycle.group_manager', lang='en_US',
            company_id=company.id, company_ids=[Command.set(company.ids)])
        self.start_tour('/odoo/order-policies', 'order_policy_adopt', login=manager.login)
        policy = company.order_policy_id
        self.assertEqual((policy.state, policy.company_id), ('in_force', company))
        self.assertEqual(len(policy.responsibility_ids), 8)
        self.assertEqual(len(policy.intake_rule_ids), 7)
        self.assertTrue(company.order_channel_id)

    def test_new_version(self):
        """A manager makes a new version of the policy in force and adopts it (article P3)."""
        company = self.env['res.company'].create({'name': "Fresh Company"})
        manager = new_test_user(
            self.env, login='tour_manager', groups='sale_order_lifecycle.group_manager', lang='en_US',
            company_id=company.id, company_ids=[Command.set(company.ids)])
        policy = self.env.ref('sale_order_lifecycle.policy_template_standard').with_user(manager).copy({
            'name': "Tour Policy"})
        policy.action_adopt()
        self.start_tour('/odoo/order-policies', 'order_policy_new_version', login=manager.login)
        successor = company.order_policy_id
        self.assertRecordValues(policy | successor, [
            {'state': 'retired', 'version': 1, 'require_customer_confirmation': False},
            {'state': 'in_force', 'version': 2, 'require_customer_confirmation': True},
        ])
        self.assertEqual(successor.previous_id, policy)
