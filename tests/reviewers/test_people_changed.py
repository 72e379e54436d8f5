"""Whoever comes or goes changes who can decide: that is found out afterwards, of those reviews that it concerns."""
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..review.common import PeopleCommon


@tagged('post_install', '-at_install')
class TestPeopleChanged(PeopleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_2 = cls._new_company("Second", policy=True)
        cls.user_sales.company_ids |= cls.company_2
        orders = cls._new_order().with_user(cls.user_sales)
        orders.action_submit_and_review()
        cls.finance = cls._get_pending_reviews(orders)
        cls.sales = cls._get_pending_reviews(cls._submit(cls._new_order()))
        cls.foreign = cls._get_pending_reviews(cls._submit(cls._new_order(company_id=cls.company_2.id)))
        cls.reviews = (cls.finance | cls.sales | cls.foreign).sudo()
        cls.cron = cls.env.ref('sale_order_lifecycle.ir_cron_report_people_changed')

    def _get_concerned(self, change):
        """:return: the reviews that are to be evaluated after a change, for which nothing is evaluated yet"""
        self.reviews._write_guarded({'people_changed': False})
        triggers = self.env['ir.cron.trigger'].search([('cron_id', '=', self.cron.id)])
        evaluated = []

        def evaluate(reviews):
            evaluated.append(reviews)

        with patch.object(self.env.registry['order.review'], '_get_possible_deciders', evaluate):
            change()
            self.env.flush_all()
        self.assertFalse(evaluated, "nothing of it happens while the administrator waits")
        concerned = self.reviews.filtered('people_changed')
        self.assertEqual(
            bool(self.env['ir.cron.trigger'].search([('cron_id', '=', self.cron.id)]) - triggers), bool(concerned))
        return concerned

    def test_narrowed(self):
        finance = self.env.ref('sale_order_lifecycle.group_finance')
        reviewer = self.env.ref('sale_order_lifecycle.group_reviewer')
        other = self.env['res.groups'].create({'name': "Other"})
        deputy = self.env['res.groups'].create({'name': "Deputies of Finance", 'implied_ids': [
            Command.link(finance.id)], 'user_ids': [Command.link(self.user_employee.id)]})
        self.reviews.flush_recordset()
        changes = [
            # of users
            ("archived", self.user_finance2.action_archive, self.finance),
            ("restored", self.user_finance2.action_unarchive, self.finance),
            ("group of a user", lambda: self.user_finance2.write({'group_ids': [Command.unlink(finance.id)]}),
             self.finance),
            ("group given to a user", lambda: self.user_finance2.write({'group_ids': [Command.link(finance.id)]}),
             self.finance),
            ("another role", self.user_legal.action_archive, self.reviews.browse()),
            ("no role", self.user_buyer.action_archive, self.reviews.browse()),
            ("companies of a user", lambda: self.user_sales.write({'company_ids': [
                Command.unlink(self.company_2.id)]}), self.sales | self.foreign),
            ("users of a company", lambda: self.company_2.write({'user_ids': [Command.link(self.user_sales.id)]}),
             self.foreign),
            ("new user", lambda: self._new_user('finance3', 'sale_order_lifecycle.group_finance'), self.finance),
            ("name of a user", lambda: self.user_finance.write({'name': "Another"}), self.reviews.browse()),
            # of groups
            ("users of a group", lambda: finance.write({'user_ids': [Command.unlink(self.user_finance2.id)]}),
             self.finance),
            ("the same users of a group", lambda: finance.write({'user_ids': [Command.link(self.user_finance.id)]}),
             self.reviews.browse()),
            ("group that implies a role", lambda: deputy.write({'user_ids': [Command.unlink(self.user_employee.id)]}),
             self.finance),
            ("and is given back", lambda: deputy.write({'user_ids': [Command.link(self.user_employee.id)]}),
             self.finance),
            ("what a group implies", lambda: deputy.write({'implied_ids': [Command.unlink(finance.id)]}), self.finance),
            ("what Settings give to everybody", lambda: self.env.ref('base.group_user').write({
                'implied_ids': [Command.link(other.id)]}), self.reviews.browse()),
            ("group of no role", lambda: other.write({'user_ids': [Command.link(self.user_stock.id)]}),
             self.reviews.browse()),
            ("what Settings take from everybody", lambda: self.env.ref('base.group_user').write({
                'implied_ids': [Command.unlink(other.id)]}), self.reviews.browse()),
            ("group is deleted", other.unlink, self.reviews.browse()),
            # of roles
            ("group of a role", lambda: self._role('finance').write({'group_id': self.env['res.groups'].create({
                'name': "Empty", 'implied_ids': [Command.link(reviewer.id)]}).id}), self.finance),
            ("name of a role", lambda: self._role('finance').write({'name': "Treasury"}), self.reviews.browse()),
        ]
        for name, change, concerned in changes:
            with self.subTest(change=name):
                self.assertEqual(self._get_concerned(change), concerned.sudo())

    def test_delegates(self):
        """Who decides for somebody else is one of those whom it concerns."""
        self._delegate()
        self.assertEqual(self._get_concerned(self.user_employee.action_archive), self.finance.sudo())

    def test_reported(self):
        concerned = self._get_concerned((self.user_finance | self.user_finance2).action_archive)
        self.assertEqual(concerned, self.finance.sudo())
        self._run_cron('ir_cron_report_people_changed')
        self.assertTrue(concerned.undecidable_at)
        self.assertFalse(self.reviews.filtered('people_changed'))
        todo = self.env['mail.activity'].search([
            ('res_model', '=', 'order.policy'), ('user_id', '=', self.user_manager.id)])
        self.assertIn(self.finance.order_id.name, todo.note)

    def test_costs_the_same_for_many(self):
        """What an administrator waits for does not grow with what is pending."""
        users = [self._new_user(f'more_{number}', 'sale_order_lifecycle.group_finance') for number in range(3)]

        def get_count(number):
            self._new_finance_reviews(number)
            return self._count_queries(users.pop().action_archive)

        self.assertSameCounts(get_count, more=2)
