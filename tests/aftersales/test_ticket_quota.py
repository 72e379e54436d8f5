"""A customer reports as many problems within a day as the company allows, and no more."""
import re
from unittest.mock import patch

from odoo import http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.sale_order_lifecycle.controllers.aftersales import portal

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestTicketQuota(AftersalesCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order, cls.other_order = cls._confirm(cls._new_order(2, lines=[(cls.product_stock, 5)]))
        cls.customer = cls._new_portal_user('customer', cls.partner)
        cls.env['ir.config_parameter'].sudo().set_param('sale_order_lifecycle.max_customer_tickets', '2')

    def _post(self, order, files=None, **vals):
        self.env.flush_all()
        return self.url_open(f'/my/orders/{order.id}/ticket', files=files, data={
            'csrf_token': http.Request.csrf_token(self), 'kind': 'complaint', 'subject': "Cracked",
            'description': "It is.", **vals}, allow_redirects=False)

    def _count(self):
        self.env.invalidate_all()
        return self.env['order.ticket'].search_count([('create_uid.share', '=', True)])

    def test_quota(self):
        self._new_ticket(3, order_id=self.order.id)
        self.authenticate(self.customer.login, self.customer.login)
        self.assertEqual([self._post(order).status_code for order in (self.order, self.other_order)], [303, 303])
        refused = self._post(self.order, subject="Third one")
        self.assertEqual(refused.status_code, 200)
        self.assertIn("You have reported 2 problems within a day", refused.text)
        # What was written is not lost.
        self.assertIn("Third one", refused.text)
        self.assertEqual(self._count(), 2)
        # Neither does the link of an order help.
        self.order._portal_ensure_token()
        self.authenticate(None, None)
        self._post(self.order, access_token=self.order.access_token)
        self.assertEqual(self._count(), 2)
        # Staff goes on, and the day after the customer does.
        self.assertTrue(self._new_ticket(order_id=self.order.id))
        self.env.cr.execute("UPDATE order_ticket SET create_date = create_date - interval '25 hours'")
        self.env.invalidate_all()
        self.authenticate(self.customer.login, self.customer.login)
        self._post(self.order)
        self.assertEqual(self._count(), 3)

    def test_other_customers_have_their_own(self):
        self.authenticate(self.customer.login, self.customer.login)
        for _number in range(3):
            self._post(self.order)
        stranger = self.env['res.partner'].create({'name': "Other House"})
        user = self._new_portal_user('stranger', stranger)
        order = self._confirm(self._new_order(partner_id=stranger.id))
        self.authenticate(user.login, user.login)
        self.assertEqual(self._post(order).status_code, 303)

    def test_one_query(self):
        order = self.order.with_user(self.customer).sudo()
        order._get_reporting_obstacle()
        with self.assertQueryCount(1):
            self.assertFalse(order._get_reporting_obstacle())

    def test_below_the_page(self):
        order = self.order.with_user(self.customer).sudo()
        values = {'kind': 'inquiry', 'subject': "A", 'description': "B"}
        for _number in range(2):
            order._open_customer_ticket(values)
        with self.assertRaises(UserError):
            order._open_customer_ticket(values)

    def test_files(self):
        self.authenticate(self.customer.login, self.customer.login)
        with patch.object(portal, 'MAX_FILES_SIZE', 1000):
            refused = self._post(self.order, files=[
                ('attachments', (f'{number}.txt', b'x' * 400, 'text/plain')) for number in range(3)])
        self.assertIn("in total: upload fewer files", refused.text)
        self.assertEqual(self._count(), 0)
        self._post(self.order, files=[('attachments', ('n' * 2000 + '.txt', b'x', 'text/plain'))])
        ticket = self.env['order.ticket'].search([('create_uid.share', '=', True)])
        attachment = self.env['ir.attachment'].search([('res_model', '=', 'order.ticket'), ('res_id', '=', ticket.id)])
        self.assertEqual(len(attachment.name), 200)

    def test_numbers_without_end(self):
        self.authenticate(self.customer.login, self.customer.login)
        for product in ('9' * 5000, '٣' * 40, '-1', '1e9'):
            with self.subTest(product=product[:5]):
                response = self._post(self.order, product_id=product, subject='s' * 100_000, description='d' * 100_000)
                self.assertIn(response.status_code, (200, 303))
        for ticket in self.env['order.ticket'].search([('create_uid.share', '=', True)]):
            self.assertLessEqual(len(ticket.subject), portal.MAX_SUBJECT_LENGTH)
            self.assertFalse(re.search('d{20001}', ticket.description))
