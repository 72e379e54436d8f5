from xmlrpc.client import Fault

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestTicketLink(AftersalesCommon, HttpCase):
    """The link of a ticket is for its customer and for the after-sales department."""

    @mute_logger('odoo.http', 'odoo.orm.models')
    def test_link(self):
        ticket = self._new_ticket(subject="Own matter")
        token = ticket._portal_ensure_token()
        self.env.flush_all()

        def call(user, method, *args):
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, user.id, user.login, 'order.ticket', method, [ticket.ids, *args])

        for user in (self.user_legal, self.user_sales, self.user_manager):
            for method, args in (('read', [['access_token']]), ('get_portal_url', [])):
                with self.subTest(user=user.login, method=method), self.assertRaises(Fault):
                    call(user, method, *args)
            self.authenticate(user.login, user.login)
            for path in (f'/my/tickets/{ticket.id}', f'/my/tickets/{ticket.id}?access_token={token}', '/my/tickets'):
                self.assertNotIn(token, self.url_open(path).text)
        self.assertIn(token, call(self.user_aftersales, 'get_portal_url'))
        self.authenticate(self.user_aftersales.login, self.user_aftersales.login)
        self.assertIn("Own matter", self.url_open(f'/my/tickets/{ticket.id}').text)
