"""Nobody becomes the registrar of an order because of the sender of a mail (articles I2, R4)."""
from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_order_mail import MailCommon


@tagged('post_install', '-at_install')
class TestMailRegistrar(MailCommon):

    def test_forged_sender(self):
        self.stage_finance.four_eyes = True
        both = self._new_user('both', 'sales_team.group_sale_salesman,sale_order_lifecycle.group_finance')
        order = self._receive(self._new_mail(
            both.email_formatted, body="From: Ms Lee <orders@blueharbour.example.com>"))
        self.assertRecordValues(order, [{
            'registered_by_id': SUPERUSER_ID, 'create_uid': SUPERUSER_ID, 'user_id': self.user_sales.id}])
        order.with_user(self.user_sales).write({
            'order_line': [(0, 0, {'product_id': self.product_stock.id, 'product_uom_qty': 1})],
            'payment_term_id': self.payment_term.id})
        self._submit(order)
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        review = self._get_pending_reviews(order)
        # A mail keeps nobody from deciding.
        self.assertIn(both, review._get_possible_deciders()[review.id])
        self.assertFalse(review._get_four_eyes_persons() & (both | self.user_finance))

    def test_alias_without_a_channel(self):
        """An address of Odoo's own makes no order in the name of the sender, either."""
        self.env['mail.alias'].create({
            'alias_name': 'quotes', 'alias_domain_id': self.domain.id,
            'alias_model_id': self.env['ir.model']._get_id('sale.order'),
            'alias_defaults': repr({'partner_id': self.partner.id})})
        order = self._receive(self._new_mail(self.user_sales_manager.email_formatted, to='quotes@shop.example.com'))
        self.assertEqual(order.policy_id, self.policy)
        self.assertEqual(order.create_uid.id, SUPERUSER_ID)
        self.assertNotEqual(order.user_id, self.user_sales_manager)

    @mute_logger('odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
    def test_mail_that_a_person_makes_up(self):
        """What the gateway calls is open to every client: without a gateway, it is the work of who calls."""
        mail = {'subject': "Order of lanterns", 'email_from': self.user_finance.email_formatted, 'body': "5 lanterns"}
        machine = self._new_user('machine', 'sale_order_lifecycle.group_intake_api')
        customer = new_test_user(self.env, login='test_customer', groups='base.group_portal')
        before = self.env['sale.order'].search([])
        for user in (self.user_employee, self.user_finance, machine, customer):
            Order = self.env['sale.order'].with_user(user).sudo(False)
            with self.subTest(user=user.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                Order.message_new(mail, {'channel_id': self.mailbox.id, 'partner_id': self.partner.id})
        self.assertEqual(self.env['sale.order'].search([]), before)
        order = self.env['sale.order'].with_user(self.user_sales).sudo(False).message_new(
            mail, {'channel_id': self.mailbox.id, 'partner_id': self.partner.id})
        self.assertRecordValues(order.sudo(), [{
            'create_uid': self.user_sales.id, 'registered_by_id': False, 'received_at': False}])
