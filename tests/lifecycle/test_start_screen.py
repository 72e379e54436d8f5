from ast import literal_eval

from lxml import etree

from odoo import Command
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestStartScreen(LifecycleCommon, HttpCase):
    """Every department begins with its own work, and plain Odoo stays plain."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reviews = cls.env.ref('sale_order_lifecycle.order_review_action')
        cls.root = cls.env.ref('sale_order_lifecycle.menu_root')

    def _get_home_action(self, user):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request('/web/session/get_session_info')['home_action_id']

    def _get_app(self, user):
        """:return: the menu of the application as the person sees it, None where it is hidden"""
        menus = self.env['ir.ui.menu'].with_user(user).load_menus(False)
        return menus.get(self.root.id)

    def test_reviewers_land_on_their_reviews(self):
        for login in ('production', 'finance', 'legal', 'quality'):
            with self.subTest(login=login):
                self.assertEqual(self._get_home_action(self.users_by_login[login]), self.reviews.id)

    def test_inspectors_land_on_their_inspections(self):
        """Quality that reviews no orders begins with what it inspects."""
        company = self._new_company()
        inspector = self._new_user('inspector', 'sale_order_lifecycle.group_quality', company=company)
        self._adopt(self._new_policy(company, inspection_plan_ids=[Command.create({'name': "Final check"})]))
        inspections = self.env.ref('sale_order_lifecycle.order_inspection_action')
        self.assertEqual(self._get_home_action(inspector), inspections.id)
        company.order_policy_id.stage_ids[:1].role_id = self.env['order.role']._get_by_code('quality')
        self.assertEqual(self._get_home_action(inspector), self.reviews.id)

    def test_managers_land_on_the_board(self):
        board = self.env.ref('sale_order_lifecycle.sale_order_board_action')
        self.assertEqual(self._get_home_action(self.user_manager), board.id)

    def test_others_land_where_they_did(self):
        both = self._new_user('both', 'sale_order_lifecycle.group_finance,sales_team.group_sale_salesman')
        for user in (self.user_sales, self.user_stock, self.user_employee, both):
            with self.subTest(login=user.login):
                self.assertFalse(self._get_home_action(user))

    def test_own_choice_counts(self):
        board = self.env.ref('sale_order_lifecycle.sale_order_board_action')
        self.user_legal.action_id = board.id
        self.assertEqual(self._get_home_action(self.user_legal), board.id)

    def test_company_without_policy(self):
        company = self._new_company()
        legal = self._new_user('legal_2', 'sale_order_lifecycle.group_legal', company=company)
        sales = self._new_user('sales_2', 'sales_team.group_sale_salesman', company=company)
        manager = self._new_user('manager_2', 'sale_order_lifecycle.group_manager', company=company)
        self.assertFalse(self._get_home_action(legal))
        for user, shown in ((legal, False), (sales, False), (manager, True), (self.env.ref('base.user_admin'), True)):
            with self.subTest(login=user.login):
                self.assertEqual(bool(self._get_app(user)), shown)
        policy = self._adopt(self._new_policy(company))
        for user in (legal, sales, manager):
            self.assertTrue(self._get_app(user))
        self.assertEqual(self._get_home_action(legal), self.reviews.id)
        # What was recorded while the policy was in force can still be read afterwards.
        policy.with_user(manager).action_retire()
        self.assertTrue(self._get_app(sales))
        self.assertFalse(self._get_home_action(legal))


@tagged('post_install', '-at_install')
class TestMenus(LifecycleCommon):
    """What each department finds in the menu."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls.env.ref('sale_order_lifecycle.menu_root')

    def test_first_menu_of_each_department(self):
        menus = {
            user: self.env['ir.ui.menu'].with_user(user).load_menus(False)
            for user in (self.user_legal, self.user_sales, self.user_manager)
        }
        first = {user: data[data[self.root.id]['children'][0]]['xmlid'] for user, data in menus.items()}
        self.assertEqual(first[self.user_sales], 'sale_order_lifecycle.menu_sale_order_board')
        self.assertEqual(first[self.user_manager], 'sale_order_lifecycle.menu_sale_order_board')
        self.assertEqual(first[self.user_legal], 'sale_order_lifecycle.menu_order_review')
        for user, data in menus.items():
            shown = [data[child]['xmlid'] for child in data[self.root.id]['children']]
            reviews = [xmlid for xmlid in shown if '.menu_order_review' in xmlid and 'delegation' not in xmlid]
            self.assertEqual(len(reviews), 1, user.login)

    def test_reviews_of_who_acts_for_no_role(self):
        """A manager without a role finds what waits for all departments, not an empty own list."""
        order = self._submit(self._new_order())
        self.env.flush_all()
        shown = {}
        for user in (self.user_manager, self.user_sales, self.user_legal):
            menus = self.env['ir.ui.menu'].with_user(user).load_menus(False)
            [menu] = [
                menus[child] for child in menus[self.root.id]['children']
                if '.menu_order_review' in menus[child]['xmlid'] and 'delegation' not in menus[child]['xmlid']]
            action = self.env['ir.actions.act_window'].browse(menu['action_id'])
            [name] = [key.removeprefix('search_default_') for key in literal_eval(action.context)]
            view = etree.fromstring(self.env['order.review'].with_user(user).get_view(
                action.search_view_id.id, 'search')['arch'])
            domain = literal_eval(view.find(f".//filter[@name='{name}']").get('domain'))
            shown[user] = self.env['order.review'].with_user(user).search(domain)
        self.assertIn(self._get_pending_reviews(order), shown[self.user_manager])
        self.assertEqual(set(shown[self.user_manager].mapped('state')), {'pending'})
        self.assertIn(self._get_pending_reviews(order), shown[self.user_sales])
        self.assertFalse(shown[self.user_legal] & order.review_ids)
