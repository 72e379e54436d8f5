"""The policy on paper (article P3): printed from its records, for everybody who may read it."""
from lxml import html

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, tagged

from ...reports.policy.report_policy import to_chinese_number
from .common import PolicyCommon

REPORT = 'sale_order_lifecycle.report_policy'


@tagged('post_install', '-at_install')
class TestChineseNumbers(TransactionCase):

    def test_numbers(self):
        for number, text in (
            (1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九"), (100, "一百"),
            (103, "一百零三"), (110, "一百一十"), (111, "一百一十一"), (999, "九百九十九"),
        ):
            with self.subTest(number=number):
                self.assertEqual(to_chinese_number(number), text)


class ReportCommon(PolicyCommon):

    @classmethod
    def _set_up_policy(cls):
        cls.department = cls.env['hr.department'].create({'name': "Order Desk", 'company_id': cls.company.id})
        template = cls.env.ref('sale_order_lifecycle.policy_template_standard')
        cls.policy = template.with_user(cls.user_manager).copy({
            'name': "Printed Policy", 'interpreting_department_id': cls.department.id,
            'effective_date': '2025-01-31', 'require_customer_confirmation': True,
        }).with_env(cls.env)
        cls.policy.responsibility_ids.filtered(lambda row: row.role_id.code == 'finance').write({
            'department_id': cls.department.id, 'user_id': cls.user_finance.id})
        cls.policy.stage_ids.filtered(lambda stage: stage.role_id.code == 'legal').check_ids = [
            Command.create({'name': "Read the contract"}),
            Command.create({'name': "Compare with the template", 'required': False}),
        ]

    def _print(self, policy, user=None, lang=None):
        """:return: the printed page as text, blanks collapsed"""
        Report = self.env['ir.actions.report'].with_user(user or self.user_manager).with_context(
            allowed_company_ids=(policy.company_id or self.company).ids, lang=lang)
        content, _type = Report._render_qweb_html(REPORT, policy.ids)
        return ' '.join(' '.join(html.fromstring(content).itertext()).split())


@tagged('post_install', '-at_install')
class TestReportPolicy(ReportCommon):

    def test_content(self):
        """Everything that is enforced can be read, in chapters and articles that count through."""
        self._adopt(self.policy)
        text = self._print(self.policy)
        for part in (
            "Printed Policy First Company", "Order Desk", "01/31/2025",
            "Chapter 1 General Provisions Article 1 Purpose", "Article 2 Scope", "Article 3 Principles",
            "Chapter 2 Responsibilities Article 4", "Finance Order Desk Test Finance", "Confirms the payment plan",
            "Chapter 3 Intake of Orders", "Payment method Select the payment terms. Blocks",
            "Sales confirms every order with the customer", "Chapter 4 Review of Orders",
            "1 Sales review Sales all orders 4 h",
            "2 Finance review Finance Untaxed Amount in Company Currency is at least",
            "Must be decided by a person who has not entered, changed or sold the order.",
            "A planned date is required: Production Plan.",
            "Legal review: the following is checked.", "Read the contract", "Compare with the template (optional)",
            "Chapter 5 Material", "Chapter 6 Progress Reports", "to sales every 5 working days", "reports within 8 h",
            "Chapter 7 Incidents", "Chapter 8 Settlement", "Chapter 9 After-sales Service", "Chapter 10 Archive",
            "Chapter 11 Assessment, Rewards and Penalties", "Chapter 12 Deadlines", "Legal review Legal 16 h",
            "Progress report Department asked 8 h", "Chapter 13 Closing Provisions",
            "The department “Order Desk” is responsible for the interpretation of this policy.",
            "This policy takes effect on 01/31/2025.",
        ):
            with self.subTest(part=part):
                self.assertIn(part, text)
        self.assertNotIn("(Draft)", text)

    def test_every_role(self):
        """Who may read the policy may print it; nobody else, nor anybody of another company."""
        self._adopt(self.policy)
        for login, user in self.users_by_login.items():
            with self.subTest(login=login):
                if login in ('employee', 'stock', 'mrp', 'buyer', 'accountant'):
                    with self.assertRaises(AccessError):
                        self._print(self.policy, user)
                else:
                    self.assertIn("Order Desk", self._print(self.policy, user))
        company = self._new_company()
        stranger = self._new_user('stranger', 'sale_order_lifecycle.group_manager', company=company)
        with self.assertRaises(AccessError):
            self.env['ir.actions.report'].with_user(stranger)._render_qweb_html(REPORT, self.policy.ids)
        with self.assertRaises(AccessError):
            self._print(self.template, self.user_finance)

    def test_status_in_title(self):
        """What is not in force says so."""
        self.assertIn("Printed Policy (Draft)", self._print(self.policy))
        self.assertIn("Standard Order Policy (Template)", self._print(self.template))
        self._adopt(self.policy)
        self.policy.with_user(self.user_manager).action_retire()
        self.assertIn("Printed Policy (Retired)", self._print(self.policy))
        scheduled = self._new_policy(name="Later", effective_date='2099-01-01')
        self._adopt(scheduled)
        self.assertIn("Later (Scheduled)", self._print(scheduled))

    def test_versions(self):
        self._adopt(self.policy)
        action = self.policy.with_user(self.user_manager).action_new_version()
        draft = self.env['order.policy'].browse(action['res_id'])
        self.assertIn("It replaces version 1.", self._print(draft))
        self.assertEqual(draft._get_report_file_name(), "Printed Policy, version 2")

    def test_only_what_is_ruled(self):
        """A policy without stages, duties and deadlines has no chapters about them."""
        self.env['order.ticket.team'].search([]).active = False
        text = self._print(self._new_policy(responsibility_ids=False))
        self.assertIn("Chapter 2 Intake of Orders", text)
        self.assertIn("Chapter 3 Settlement", text)
        self.assertIn("Chapter 6 Closing Provisions", text)
        for part in ("Review of Orders", "Responsibilities", "Deadlines", "Sales confirms"):
            self.assertNotIn(part, text)

    def test_many(self):
        other = self._new_policy(name="Other Policy")
        text = self._print(self.policy | other)
        self.assertIn("Printed Policy", text)
        self.assertIn("Other Policy", text)
        self.assertEqual(text.count("Chapter 1 General Provisions"), 2)
        self.assertEqual(text.count("Article 1 "), 2)

    def test_chinese(self):
        """In the language of the reader, with chapters and articles as Chinese companies number them."""
        self.env['res.lang']._activate_lang('zh_CN')
        self.env['ir.module.module']._load_module_terms(['sale_order_lifecycle'], ['zh_CN'])
        text = self._print(self.template, lang='zh_CN')
        for part in ("第一章 ", "第一条 ", "第二章 ", "评审", self.template.with_context(lang='zh_CN').name):
            with self.subTest(part=part):
                self.assertIn(part, text)
        self.assertNotIn("Chapter", text)

    def test_our_policy(self):
        """Everybody with a role opens the policy in force of the own company from the menu."""
        action = self.env.ref('sale_order_lifecycle.order_policy_action_our')
        menu = self.env.ref('sale_order_lifecycle.menu_order_policy_our')
        self.assertIn(menu.id, self.env['ir.ui.menu'].with_user(self.user_finance)._load_menus_blacklist())
        with self.assertRaisesRegex(UserError, "has no order policy in force"):
            action.with_user(self.user_finance).run()
        self._adopt(self.policy)
        for user in (self.user_finance, self.user_sales, self.user_manager):
            with self.subTest(user=user.login):
                self.assertNotIn(menu.id, self.env['ir.ui.menu'].with_user(user)._load_menus_blacklist())
                result = action.with_user(user).run()
                self.assertEqual((result['report_name'], result['report_type']), (REPORT, 'qweb-html'))
                self.assertEqual(result['context']['active_ids'], self.policy.ids)
        with self.assertRaises(AccessError):
            action.with_user(self.user_employee).run()
        self.policy.with_user(self.user_manager).action_retire()
        self.assertIn(menu.id, self.env['ir.ui.menu'].with_user(self.user_finance)._load_menus_blacklist())


@tagged('post_install', '-at_install')
class TestReportPolicyHttp(ReportCommon, HttpCase):

    def test_pdf_and_page(self):
        """A reviewer reads the page and prints the PDF; a stranger gets neither."""
        self._adopt(self.policy)
        self.user_finance.password = 'test_finance_password'
        self.authenticate('test_finance', 'test_finance_password')
        page = self.url_open(f'/report/html/{REPORT}/{self.policy.id}')
        self.assertEqual(page.status_code, 200)
        self.assertIn("Printed Policy", page.text)
        pdf = self.url_open(
            f'/report/pdf/{REPORT}/{self.policy.id}?context=%7B%22force_report_rendering%22%3Atrue%7D')
        self.assertEqual(pdf.status_code, 200)
        self.assertEqual(pdf.content[:5], b'%PDF-')
        self.user_employee.password = 'test_employee_password'
        self.authenticate('test_employee', 'test_employee_password')
        refused = self.url_open(f'/report/html/{REPORT}/{self.policy.id}')
        self.assertNotIn("Printed Policy", refused.text)
