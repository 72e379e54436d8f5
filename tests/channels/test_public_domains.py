"""Mail domains where people have nothing to do with each other are data that a company extends."""
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_order_mail import MailCommon


@tagged('post_install', '-at_install')
class TestPublicDomains(MailCommon):

    def test_what_the_addon_brings(self):
        Domain = self.env['order.public.domain']
        for name in ('gmail.com', 'qq.com', '163.com', 'web.de', 'yahoo.co.jp', 'seznam.cz'):
            self.assertTrue(Domain._is_public(name, self.company), name)
        self.assertFalse(Domain._is_public('blueharbour.example.com', self.company))

    def test_a_company_extends_it(self):
        order = self._receive(self._new_mail())
        self.assertTrue(order._accepts_mail_from('dock@blueharbour.example.com'))
        domain = self.env['order.public.domain'].with_user(self.user_manager).create({
            'name': ' @BlueHarbour.example.com', 'company_id': self.company.id})
        self.assertEqual(domain.name, 'blueharbour.example.com')
        self.assertFalse(order._accepts_mail_from('dock@blueharbour.example.com'))
        self.assertTrue(order._accepts_mail_from(self.partner.email))
        self.assertFalse(domain._is_public(domain.name, self._new_company()))
        domain.active = False
        self.assertTrue(order._accepts_mail_from('dock@blueharbour.example.com'))

    def test_rights(self):
        domain = self.env['order.public.domain'].search([], limit=1)
        for user in (self.user_sales, self.user_finance, self.user_sales_manager, self.user_employee):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    domain.with_user(user).create({'name': 'mine.example.com'})
                with self.assertRaises(AccessError):
                    domain.with_user(user).write({'active': False})
        other = self.env['order.public.domain'].create({
            'name': 'theirs.example.com', 'company_id': self._new_company().id})
        self.assertNotIn(other, self.env['order.public.domain'].with_user(self.user_manager).search([]))

    @mute_logger('odoo.sql_db')
    def test_names(self):
        Domain = self.env['order.public.domain']
        for name in ('nothing', 'a b.com', '@', '.com', 'x' * 70 + '.com'):
            with self.subTest(name=name), self.assertRaises(ValidationError), self.env.cr.savepoint():
                Domain.create({'name': name})
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            Domain.create({'name': 'GMAIL.com'})
