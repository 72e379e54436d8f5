"""Export checks are recorded by legal, from a review, and never change."""
import xmlrpc.client

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from .common import FactsCommon


class ExportCheckCommon(FactsCommon):

    def setUp(self):
        super().setUp()
        self._set_stages('legal', 'finance')
        self.order = self._submit_order()
        self.review = self._get_review(self.order, 'legal')


@tagged('post_install', '-at_install')
class TestExportCheck(ExportCheckCommon):

    def test_who_may(self):
        for login in ('finance', 'sales', 'manager', 'production'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self.review.with_user(self.users_by_login[login]).action_record_export_check('clear')
            with self.subTest(login=login, su=True), self.assertRaises(AccessError):
                self.review.with_user(self.users_by_login[login]).sudo().action_record_export_check('clear')

    def test_other_company(self):
        other = self._new_company(policy=True)
        self._adopt(self._new_policy(other, stages=[('legal', 10)]))
        self.user_sales.company_ids |= other
        review = self._get_pending_reviews(self._submit(self._new_order(company_id=other.id)))
        with self.assertRaises(AccessError):
            review.with_user(self.user_legal).sudo(False).action_record_export_check('clear')
        with self.assertRaises(AccessError):
            review.with_user(self.user_legal).sudo().action_record_export_check('clear')

    def test_what_is_required(self):
        with self.assertRaises(UserError):
            self.review.action_record_export_check('conditions', " ")
        with self.assertRaises(UserError):
            self.review.action_record_export_check('fine')

    def test_dialog(self):
        action = self.review.action_open_export_check()
        entry = Form(self.env[action['res_model']].with_user(self.user_legal).with_context(action['context']))
        entry.result = 'conditions'
        entry.note = "Only to Bristol."
        entry.save().action_apply()
        check = self.env['order.export.check'].search([('partner_id', '=', self.partner.id)])
        self.assertRecordValues(check, [{
            'result': 'conditions', 'note': "Only to Bristol.", 'checked_by_id': self.user_legal.id,
            'order_id': self.order.id, 'company_id': self.company.id}])

    def test_many_at_once(self):
        orders = self._submit_order(3)
        reviews = self._get_pending_reviews(orders).filtered(
            lambda review: review.role_id.code == 'legal').with_user(self.user_legal).sudo(False)
        reviews.action_record_export_check('clear')
        # One for the customer, not for each order.
        self.assertEqual(self.env['order.export.check'].search_count([('partner_id', '=', self.partner.id)]), 1)

    def test_who_reads(self):
        self.review.action_record_export_check('clear')
        Check = self.env['order.export.check']
        for login, expected in (('legal', True), ('manager', True), ('finance', False), ('sales', False)):
            self.assertEqual(Check.with_user(self.users_by_login[login]).has_access('read'), expected)


@tagged('post_install', '-at_install')
class TestExportCheckRpc(ExportCheckCommon, HttpCase):

    def test_rows_stay(self):
        """Over RPC, as the person who has recorded the check."""
        self.review.action_record_export_check('refused', "On a list.")
        check = self.env['order.export.check'].search([('partner_id', '=', self.partner.id)])
        self.user_legal.password = 'test_legal_password'
        self.env.flush_all()
        for method, args, kwargs in (
            ('write', [check.ids, {'result': 'clear'}], {}),
            ('write', [check.ids, {'partner_id': self.vendor.id}], {}),
            ('unlink', [check.ids], {}),
            ('copy', [check.ids], {}),
            ('create', [{'partner_id': self.partner.id, 'company_id': self.company.id, 'result': 'clear',
                         'checked_by_id': self.user_legal.id, 'checked_at': '2031-01-01'}], {}),
            ('create', [{}], {'context': {'default_result': 'clear', 'default_partner_id': self.partner.id}}),
        ):
            with self.subTest(method=method, args=args), self.assertRaises(xmlrpc.client.Fault):
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, self.user_legal.id, 'test_legal_password', 'order.export.check', method,
                    args, kwargs)
        self.env.invalidate_all()
        self.assertRecordValues(check, [{'result': 'refused', 'partner_id': self.partner.id}])
        self.assertEqual(self.env['order.export.check'].search_count([]), 1)

    def test_facts_over_rpc(self):
        """What legal sees of its review is not told to finance, nor the reverse."""
        for login in ('legal', 'finance'):
            self.users_by_login[login].password = f'test_{login}_password'
        finance = self._get_review(self.order, 'finance')
        self.env.flush_all()

        def read(login, review):
            [values] = self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.users_by_login[login].id, f'test_{login}_password', 'order.review', 'read',
                [review.ids, ['facts']], {})
            return values['facts']

        self.assertTrue(read('legal', self.review))
        self.assertFalse(read('legal', finance))
        self.assertTrue(read('finance', finance))
        self.assertFalse(read('finance', self.review))
