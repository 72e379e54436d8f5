from odoo.tests import HttpCase, tagged

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestAftersalesTours(AftersalesCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._new_product("Tour Lantern")
        cls._put_in_stock(cls.product, 10)
        cls.buyer = cls.env['res.partner'].create({'name': "Tour Customer", 'email': 'buyer@example.com'})
        cls.customer = cls._new_portal_user('customer', cls.buyer)
        cls.order = cls._fulfil(cls._new_order(lines=[(cls.product, 2)], partner_id=cls.buyer.id))

    def test_ticket(self):
        """A customer opens a ticket on the portal and an agent closes it (articles A1, A2)."""
        self.start_tour(f'/my/orders/{self.order.id}', 'ticket_report_problem', login=self.customer.login)
        ticket = self.order.ticket_ids
        self.assertRecordValues(ticket, [{
            'kind': 'complaint', 'product_id': self.product.id, 'partner_id': self.customer.partner_id.id}])
        self.start_tour('/odoo/tickets', 'ticket_close', login=self.user_aftersales.login)
        self.assertRecordValues(ticket, [{
            'stage_id': self.stage_closed.id, 'closed_by_id': self.user_aftersales.id,
            'outcome_sent_by_id': self.user_aftersales.id, 'user_id': self.user_aftersales.id}])
        self.assertEqual(ticket.return_picking_ids.move_ids.product_uom_qty, 1)

    def test_visit(self):
        """An agent records a call; the bad score opens a complaint (article A4)."""
        visit = self.env['order.visit'].create({'order_id': self.order.id})
        self.start_tour('/odoo/customer-visits', 'visit_record', login=self.user_aftersales.login)
        self.assertRecordValues(visit, [{'state': 'done', 'satisfaction': 2}])
        self.assertEqual(visit.ticket_id.kind, 'complaint')
