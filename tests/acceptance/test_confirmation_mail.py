"""The customer is told of the confirmation (article R7)."""
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..review.common import AcceptanceCommon


@tagged('post_install', '-at_install')
class TestConfirmationMail(AcceptanceCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.notify_customer_on_confirmation = True
        cls.template = cls.env.ref('sale.mail_template_sale_confirmation')

    def test_staff_confirms(self):
        order = self._confirm(self._new_order())
        self.assertEqual(order.pending_email_template_id, self.template)
        self.assertFalse(self._get_mails(order))
        self._run_mail_job()
        mail = self._get_mails(order)
        self.assertEqual(len(mail), 1)
        self.assertIn("has been confirmed", mail.body)
        self.assertEqual(mail.subtype_id, self.env.ref('mail.mt_comment'))
        self.assertFalse(order.pending_email_template_id)

    def test_nobody_lets_other_mails_wait(self):
        """What waits is sent, and comes into the chatter, in Odoo's name: no mail that somebody has worded."""
        order, open_order = self._confirm(self._new_order()), self._submit(self._new_order())
        own = self.env['mail.template'].with_user(self.user_stock).create({
            'name': "Mine", 'model_id': self.env['ir.model']._get_id('sale.order'), 'subject': "Approved",
            'body_html': "<p>All departments have approved.</p>", 'email_to': 'somebody@example.com'})
        for user in (self.user_stock, self.user_mrp, self.user_accountant, self.user_sales, self.user_sales_manager):
            sells = user in (self.user_sales, self.user_sales_manager)
            for template in (own, *(() if sells else (self.template, own.browse()))):
                for record in (order, open_order):
                    with self.subTest(user=user.login, template=template.name), self.assertRaises(
                            AccessError), self.env.cr.savepoint():
                        record.with_user(user).write({'pending_email_template_id': template.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._new_order(pending_email_template_id=own.id)
        # As core does.
        open_order.with_user(self.user_sales).pending_email_template_id = self.template

    def test_switched_off(self):
        self.policy.notify_customer_on_confirmation = False
        order = self._confirm(self._new_order())
        self.assertFalse(order.pending_email_template_id)

    def test_never_twice(self):
        """Who signs an approved order is written to by the portal; the policy adds nothing."""
        order = self._accept(self._new_sent_order())
        self._sign(order)
        self.assertEqual(order.state, 'sale')
        self._run_mail_job()
        self._run_mail_job()
        self.assertEqual(len(self._get_mails(order)), 1)

    def test_plain_company(self):
        company = self._new_company("Plain")
        self.user_sales.company_ids |= company
        order = self._new_order(company_id=company.id, lines=[(self.product_service, 1)])
        order.with_user(self.user_sales).action_confirm()
        self.assertFalse(order.pending_email_template_id)

    def test_customer_without_email(self):
        self.partner.email = False
        order = self._confirm(self._new_order())
        self.assertEqual(order.state, 'sale')
        self.assertFalse(order.pending_email_template_id)
        self.assertTrue(self._get_messages(order, "has no e-mail address"))

    def test_customer_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.template.with_context(lang='fr_FR').subject = "Commande confirmée"
        self.partner.lang = 'fr_FR'
        order = self._confirm(self._new_order())
        self._run_mail_job()
        self.assertEqual(self._get_mails(order).subject, "Commande confirmée")

    def test_core_setting(self):
        """Where core sends the mails of orders by its own job, ours leaves them to it."""
        self.env['ir.config_parameter'].sudo().set_param('sale.async_emails', 'True')
        self.env.ref('sale.send_pending_emails_cron').active = True
        order = self._confirm(self._new_order())
        self.assertEqual(order.pending_email_template_id, self.template)
        with self.enter_registry_test_mode():
            self.env.ref('sale_order_lifecycle.ir_cron_write_to_customers').method_direct_trigger()
        self.assertEqual(order.pending_email_template_id, self.template)

    def test_cron(self):
        orders = self._confirm(self._new_order(2))
        with self.enter_registry_test_mode():
            self.env.ref('sale_order_lifecycle.ir_cron_write_to_customers').method_direct_trigger()
        self.assertFalse(orders.pending_email_template_id)
        self.assertEqual([len(self._get_mails(order)) for order in orders], [1, 1])

    def test_mail_fails(self):
        """One broken mail is noted and lets the others pass."""
        orders = self._confirm(self._new_order(2))
        send = type(orders)._send_order_notification_mail

        def fail(order, template, allow_deferred_sending=True):
            if order == orders[0]:
                raise UserError("The template is broken.")
            return send(order, template, allow_deferred_sending)

        with patch.object(type(orders), '_send_order_notification_mail', fail):
            self._run_mail_job()
        self.assertFalse(orders.pending_email_template_id)
        self.assertTrue(self._get_messages(orders[0], "The template is broken."))
        self.assertEqual([len(self._get_mails(order)) for order in orders], [0, 1])

    def test_batch(self):
        """One write and one trigger for many orders."""
        def prepare(number):
            return self._accept(self._new_order(number)).with_user(self.user_sales)

        def notify(orders):
            orders._notify_customer_of_confirmation()
            self.assertEqual(orders.filtered('pending_email_template_id'), orders)

        self.assertSameQueries(prepare, notify, more=2)

    def test_printed(self):
        """The policy that is printed says so, where it is so."""
        def get_text():
            [chapter] = [
                chapter for chapter in self.policy._get_report_chapters()
                if chapter['template'] == 'sale_order_lifecycle.report_policy_review']
            return self.env['ir.qweb']._render(chapter['template'], {
                'policy': self.policy, 'article': lambda: '1', 'chapter': chapter})

        self.assertIn("the customer is notified by e-mail", get_text())
        self.policy.notify_customer_on_confirmation = False
        self.assertNotIn("the customer is notified by e-mail", get_text())

    def test_standard_template(self):
        self.assertTrue(self.env.ref('sale_order_lifecycle.policy_template_standard').notify_customer_on_confirmation)
        self.assertFalse(self._new_policy().notify_customer_on_confirmation)
