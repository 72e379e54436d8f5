import io
import re

import polib

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import trans_export

from ..common import LifecycleCommon

MODULE = 'sale_order_lifecycle'
PLACEHOLDER = re.compile(r'%\(\w+\)[a-z]|%[a-z]')
TAG = re.compile(r'</?(\w+)')
# Where the terms are that do not depend on demo data.
PROGRAM = ('code:', 'model:ir.', 'model_terms:ir.')


@tagged('post_install', '-at_install')
class TestTranslationFiles(TransactionCase):
    """The files are complete: every term of the addon has its Chinese text."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls._read(f'{MODULE}.pot')
        cls.translations = cls._read('zh_CN.po')

    @classmethod
    def _read(cls, name):
        return {entry.msgid: entry for entry in polib.pofile(file_path(f'{MODULE}/i18n/{name}'))}

    def test_template_is_fresh(self):
        """What Odoo exports now is in the template; `make i18n` writes it."""
        with io.BytesIO() as buffer:
            trans_export(None, [MODULE], buffer, 'po', self.env)
            exported = polib.pofile(buffer.getvalue().decode())
        self.assertFalse([
            entry.msgid for entry in exported
            if entry.msgid not in self.template and any(place.startswith(PROGRAM) for place, _line in entry.occurrences)
        ])

    def test_every_term_is_translated(self):
        self.assertTrue(self.template)
        self.assertEqual(self.translations.keys(), self.template.keys())
        self.assertFalse([
            term for term, entry in self.translations.items() if not entry.msgstr.strip() or entry.fuzzy
        ])

    def test_placeholders_and_tags(self):
        """A translation fills in the same values, and keeps the elements of its view."""
        for term, entry in self.translations.items():
            for pattern in (PLACEHOLDER, TAG):
                self.assertEqual(sorted(pattern.findall(entry.msgstr)), sorted(pattern.findall(term)), term)


@tagged('post_install', '-at_install')
class TestChinese(LifecycleCommon):
    """What people read in Chinese."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if 'zh_CN' not in dict(cls.env['res.lang'].get_installed()):
            cls.env['res.lang']._activate_lang('zh_CN')
            cls.env['ir.module.module']._load_module_terms([MODULE], ['zh_CN'])
        cls.translations = {entry.msgid: entry.msgstr for entry in polib.pofile(file_path(f'{MODULE}/i18n/zh_CN.po'))}

    def _chinese(self, records, user):
        return records.with_user(user).with_context(lang='zh_CN')

    def _term(self, text, **values):
        """:return: what the file says for an English text, with the values filled in"""
        return self.translations[text] % values if values else self.translations[text]

    def test_labels(self):
        labels = self._chinese(self.env['sale.order'], self.user_sales).fields_get(['review_state', 'lifecycle_phase'])
        self.assertEqual(labels['review_state']['string'], self._term("Review State"))
        self.assertEqual(dict(labels['lifecycle_phase']['selection'])['review'], self._term("Review"))
        self.assertEqual(dict(labels['review_state']['selection'])['returned'], self._term("Returned"))
        self.assertIn("评审", labels['review_state']['string'])

    def test_menu_and_views(self):
        menu = self._chinese(self.env.ref(f'{MODULE}.menu_root'), self.user_sales)
        self.assertEqual(menu.name, self._term("Order Lifecycle"))
        view = self._chinese(self.env['order.review'], self.user_finance).get_view(view_type='form')
        self.assertIn(self._term("<strong>Changed since this department's last decision</strong>"), view['arch'])

    def test_error(self):
        """An error is a Chinese sentence with the values in it."""
        order = self._register(self._new_order())
        with self.assertRaises(UserError) as error:
            self._chinese(order, self.user_sales).action_register()
        self.assertEqual(
            str(error.exception), self._term("%(order)s is already registered.", order=order.display_name))
        self.assertIn(order.display_name, str(error.exception))

    def test_answer_to_a_machine(self):
        """Messages that are written before their language is known come in the caller's."""
        channel = self._chinese(self.env['order.channel'], self.user_sales)
        [result] = channel.submit_orders(self.channel.code, [{'reference': 'T-1', 'lines': []}])
        self.assertIn(
            self._term("“%(field)s” is missing: send it with the order.", field='customer'),
            [error['message'] for error in result['errors']])

    def test_whom_an_order_waits_for(self):
        self.stage_finance.copy({'role_id': self._role('legal').id})
        order = self._submit(self._new_order())
        self._approve_sales(order)
        waiting_for = self._chinese(order, self.user_legal).waiting_for
        for role in ("Finance", "Legal"):
            self.assertIn(self._term(role), waiting_for)
            self.assertNotIn(role, waiting_for)

    def _approve_sales(self, order):
        review = self._get_pending_reviews(order)
        self.assertEqual(review.stage_id, self.stage_sales)
        review.with_user(self.user_sales).action_approve()

    def test_adopted_policy(self):
        """A company adopts the standard template in Chinese and has its texts in both languages."""
        template = self.env.ref(f'{MODULE}.policy_template_standard')
        company = self._new_company("Third Company")
        user = self._new_user('policy_owner', f'{MODULE}.group_manager', company=company)
        Wizard = self._chinese(self.env['order.policy.adopt'], user).with_context(allowed_company_ids=company.ids)
        Wizard.create({'template_id': template.id}).action_adopt()
        policy = company.order_policy_id
        self.assertTrue(policy)

        english = policy.with_context(lang='en_US')
        self.assertEqual(english.name, template.with_context(lang='en_US').name)
        self.assertIn("Sales review", english.stage_ids.mapped('name'))
        policy = policy.with_context(lang='zh_CN')
        self.assertEqual(policy.name, self._term(english.name))
        for rules, name in (('stage_ids', 'name'), ('intake_rule_ids', 'message')):
            for rule in english[rules]:
                with self.subTest(rule=rule[name]):
                    self.assertEqual(rule.with_context(lang='zh_CN')[name], self._term(rule[name]))
        chinese = template.with_context(lang='zh_CN')
        for texts in ('purpose', 'responsibility_ids.duties'):
            self.assertEqual(policy.mapped(texts), chinese.mapped(texts))
            self.assertNotEqual(policy.mapped(texts), english.mapped(texts))
        channels = self.env['order.channel'].search([('company_id', '=', company.id)]).with_context(lang='zh_CN')
        self.assertIn(self._term("Web Shop"), channels.mapped('name'))
