"""Conditions of rules go by nothing that their writer may not read."""
from xmlrpc.client import Fault

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

PASSWORD = 'test_condition_password'
# hr.employee is closed to managers, a partner's credit is the accountants', invoices are.
HIDDEN = (
    "[('user_id.employee_ids.barcode', '!=', False)]",
    "[('user_id.employee_ids', 'any', [('children', '>', 2)])]",
    "['|', ('amount_total', '>', 1), '!', ('partner_id.credit', '>', 5)]",
    "[('invoice_ids.amount_total', '>', 5)]",
    "[('order_line', 'any', [('invoice_lines', 'any', [('debit', '>', 1)])])]",
)
OPEN = (
    "[('amount_untaxed', '>', 1000)]",
    "[('partner_id.country_id.code', '=', 'CN')]",
    "[('order_line', 'any', [('product_id.categ_id', '!=', False)])]",
    "[('order_line.product_id.type', '=', 'service'), ('user_id', '!=', False)]",
)


@tagged('post_install', '-at_install')
class TestConditionFields(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.draft = cls._new_policy(intake_rule_ids=[(0, 0, {'name': "Rule", 'message': "Do it."})])
        cls.stage = cls.draft.stage_ids[0]
        cls.rule = cls.draft.intake_rule_ids
        cls.user_manager.password = PASSWORD
        cls.line_hidden = "[('invoice_lines.debit', '>', 1)]"

    def _call(self, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, self.user_manager.id, PASSWORD, model, method, list(args), kwargs)

    def _assert_refused(self, model, method, *args, **kwargs):
        with self.assertRaises(Fault) as refused:
            self._call(model, method, *args, **kwargs)
        self.assertEqual(refused.exception.faultCode, 4, refused.exception.faultString)

    def test_every_condition_is_known(self):
        """A field that holds a condition is named to the check, which the printed policy goes by, too."""
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._original_module != 'sale_order_lifecycle' or model._transient:
                continue
            conditions = {
                field.name for field in model._fields.values()
                if field.type in ('char', 'text') and field.store and 'domain' in field.name}
            if conditions:
                with self.subTest(model=name):
                    self.assertLessEqual(conditions, set(model._get_condition_models()))
                    self.assertTrue(hasattr(model, '_check_condition_readable'))

    @mute_logger('odoo.http')
    def test_write(self):
        for text in HIDDEN:
            with self.subTest(text=text):
                self._assert_refused('order.review.stage', 'write', self.stage.ids, {'domain': text})
                self._assert_refused('order.intake.rule', 'write', self.rule.ids, {'domain': text})
                self._assert_refused('order.review.stage', 'create', {
                    'policy_id': self.draft.id, 'name': "Mine", 'role_id': self._role('sales').id, 'domain': text})
                self._assert_refused('order.policy', 'write', self.draft.ids, {
                    'stage_ids': [[1, self.stage.id, {'domain': text}]]})
                self._assert_refused('order.review.stage', 'copy', self.stage.ids, {'domain': text})
        self._assert_refused('order.intake.rule', 'write', self.rule.ids, {'line_domain': self.line_hidden})
        for text in OPEN:
            with self.subTest(text=text):
                self.assertTrue(self._call('order.review.stage', 'write', self.stage.ids, {'domain': text}))
                self.assertTrue(self._call('order.intake.rule', 'write', self.rule.ids, {'domain': text}))

    def test_as_superuser(self):
        """Who writes is asked, not as whom it is written."""
        with self.assertRaises(AccessError):
            self.stage.with_user(self.user_manager).sudo().write({'domain': HIDDEN[0]})

    @mute_logger('odoo.http')
    def test_names_of_records(self):
        """The printed policy names the records of a condition."""
        company = self._new_company()
        partner = self.env['res.partner'].create({'name': "Secret", 'company_id': company.id})
        for text in (f"[('partner_id', '=', {partner.id})]", f"[('partner_id', 'in', [{partner.id}])]",
                     f"[('partner_id.id', 'in', [{partner.id}])]"):
            with self.subTest(text=text):
                self._assert_refused('order.review.stage', 'write', self.stage.ids, {'domain': text})
        self._call('order.review.stage', 'write', self.stage.ids, {
            'domain': f"[('partner_id', '=', {self.partner.id})]"})

    def test_preview_of_what_is_entered(self):
        """A form that is not saved counts nothing either."""
        self._new_order()
        spec = {'open_order_count': {}}
        counted = self._call('order.review.stage', 'onchange', [], {
            'policy_id': self.draft.id, 'domain': "[('user_id', '!=', False)]"}, ['policy_id', 'domain'], spec)
        self.assertTrue(counted['value']['open_order_count'])
        for text in ("[('user_id.employee_ids', '=', False)]", "['!', ('partner_id.credit', '=', 7)]"):
            with self.subTest(text=text):
                result = self._call('order.review.stage', 'onchange', [], {
                    'policy_id': self.draft.id, 'domain': text}, ['policy_id', 'domain'], spec)
                self.assertFalse(result['value'].get('open_order_count'))

    @mute_logger('odoo.http')
    def test_watched_fields(self):
        name = self.env['ir.model.fields']._get('sale.order', 'client_order_ref')
        self.env['sale.order']._fields['client_order_ref'].groups = 'base.group_system'
        self.addCleanup(setattr, self.env['sale.order']._fields['client_order_ref'], 'groups', None)
        with self.assertRaises(AccessError):
            self.stage.with_user(self.user_manager).watched_field_ids = name
        self.stage.with_user(self.user_manager).watched_field_ids = self.env['ir.model.fields']._get(
            'sale.order', 'payment_term_id')

    def test_copied_by_another(self):
        """The next version of a policy takes over what somebody else has entered, who may read more."""
        self.stage.domain = HIDDEN[0]
        self._adopt(self.draft)
        version = self.draft.with_user(self.user_manager)._action_new_version()
        self.assertIn(HIDDEN[0], version.sudo().stage_ids.mapped('domain'))
        template = self._new_policy(company_id=False, stages=(('sales', 10, {'domain': HIDDEN[2]}),))
        copy = template.with_user(self.user_manager).copy({'company_id': self.company.id})
        self.assertEqual(copy.stage_ids.domain, HIDDEN[2])
