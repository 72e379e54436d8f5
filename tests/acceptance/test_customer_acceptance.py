"""What becomes of an order that the customer has accepted before the company (articles R5, R6, R7)."""
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged, users

from odoo.addons.payment.tests.common import PaymentCommon

from ..review.common import AcceptanceCommon, PaymentMixin

# Where orders and reviews stand in a row.
VIEWS = {
    'sale.order': {
        'kanban': 'sale_order_lifecycle.sale_order_view_kanban_lifecycle',
        'list': 'sale_order_lifecycle.sale_order_view_list_lifecycle',
    },
    'order.review': {
        'kanban': 'sale_order_lifecycle.order_review_view_kanban',
        'list': 'sale_order_lifecycle.order_review_view_list',
    },
}


@tagged('post_install', '-at_install')
class TestAcceptanceBySignature(AcceptanceCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.lang = 'en_US'

    # -- who hears of it ----------------------------------------------------------------------------

    def test_customer_waits(self):
        order = self._submit(self._new_sent_order())
        self.assertFalse(order.customer_waits)
        self._sign(order)
        self.assertTrue(order.customer_waits)
        review = self._get_pending_reviews(order)
        self.assertTrue(review.customer_waits)
        note = self._get_messages(order, "is waiting for the confirmation")
        self.assertEqual(len(note), 1)
        self.assertIn(self.user_sales.partner_id, note.notified_partner_ids)
        self.assertNotIn(self.partner, note.notified_partner_ids)
        self.assertEqual(note.subtype_id, self.env.ref('mail.mt_note'))

    def test_pending_reviewers_hear_of_it(self):
        order = self._submit(self._new_sent_order())
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        self._sign(order)
        note = self._get_messages(order, "is waiting for the confirmation")
        self.assertLessEqual((self.user_sales | self.user_finance).partner_id, note.notified_partner_ids)
        self.assertFalse(self.user_legal.partner_id & note.notified_partner_ids)

    def test_waiting_first(self):
        """The order for which a customer waits stands first on the board and among the reviews."""
        first, second = self._submit(self._new_sent_order(2))
        self._sign(second)
        orders = first | second
        for model, path, domain in (
            ('sale.order', 'id', []), ('order.review', 'order_id', [('state', '=', 'pending')]),
        ):
            Model = self.env[model].with_user(self.user_sales)
            for kind, xmlid in VIEWS[model].items():
                # As the view sorts them that the person sees.
                arch = etree.fromstring(Model.get_view(self.env.ref(xmlid).id, kind)['arch'])
                found = Model.search([(path, 'in', orders.ids), *domain], order=arch.get('default_order'))
                with self.subTest(view=xmlid):
                    if kind == 'kanban':
                        self.assertTrue(arch.xpath("//*[contains(@t-if, 'customer_waits')]"), "the card shows it")
                    self.assertEqual(found.mapped(path) if path == 'id' else found[path].ids, [second.id, first.id])
        self.assertEqual(
            self.env['order.review'].search([('order_id', 'in', orders.ids), ('customer_waits', '=', True)]).order_id,
            second)

    # -- it confirms by itself ----------------------------------------------------------------------

    def test_confirms_by_itself(self):
        order = self._submit(self._new_sent_order())
        self._sign(order)
        self._approve(order)
        self.assertRecordValues(order, [{'state': 'sale', 'review_state': 'approved', 'customer_waits': False}])
        self.assertTrue(order.customer_accepted_at)
        self.assertTrue(order.picking_ids)
        self.assertEqual(order.pending_email_template_id, self.env.ref('sale.mail_template_sale_confirmation'))
        self.assertFalse(self._get_mails(order))
        self._run_mail_job()
        self.assertEqual(len(self._get_mails(order)), 1)
        self._run_mail_job()
        self.assertEqual(len(self._get_mails(order)), 1)

    def test_others_wait_for_sales(self):
        order = self._accept(self._new_sent_order())
        self.assertEqual((order.state, order.review_state), ('sent', 'approved'))

    def test_batch(self):
        """The last approval of many orders confirms those that customers have accepted, and those only."""
        orders = self._submit(self._new_sent_order(4))
        for order in orders[:2]:
            self._sign(order)
        self._approve(orders)
        self.assertEqual(orders.mapped('state'), ['sale', 'sale', 'sent', 'sent'])

    def test_no_stage_applies(self):
        """An order that nobody has to review is confirmed by the signature itself."""
        self.policy.stage_ids.sudo().domain = "[('amount_total', '>', 1000000)]"
        order = self._new_sent_order()
        self._sign(order)
        self.assertRecordValues(order, [{'state': 'sale', 'review_state': 'approved'}])
        self.assertFalse(self._get_messages(order, "is waiting for the confirmation"))

    def test_no_channel(self):
        """A quotation that cannot be registered is accepted without an error; sales hears of it."""
        order = self._new_sent_order(channel_id=False)
        self.company.order_channel_id = False
        self.env['order.channel'].search([('company_id', '=', self.company.id)]).active = False
        self._sign(order)
        self.assertRecordValues(order, [{
            'state': 'sent', 'received_at': False, 'customer_waits': True, 'lifecycle_phase': 'quotation'}])
        self.assertIn(
            self.user_sales.partner_id,
            self._get_messages(order, "is waiting for the confirmation").notified_partner_ids)

    def test_incomplete(self):
        """What lacks something is registered and stays with sales."""
        self.env['order.intake.rule'].create({
            'policy_id': self.policy.id, 'name': "Reference", 'severity': 'blocking',
            'domain': "[('client_order_ref', '!=', False)]", 'message': "The reference is missing."})
        order = self._new_sent_order()
        self._sign(order)
        self.assertRecordValues(order, [{'review_state': 'to_submit', 'customer_waits': True}])
        order.with_user(self.user_sales).client_order_ref = "PO 7"
        self._accept(order)
        self.assertEqual(order.state, 'sale')

    def test_stage_ceases_to_apply(self):
        """A stage that no longer applies holds up neither the customer nor the salesperson."""
        first, second = self._submit(self._new_sent_order(2))
        self._sign(first)
        self.policy.stage_ids.sudo().domain = "[('amount_total', '>', 1000000)]"
        first.with_user(self.user_sales).action_confirm()
        self.assertEqual(first.state, 'sale')
        self._sign(second)
        self.assertEqual(second.state, 'sale')

    def test_signature_counts_as_confirmation(self):
        self.policy.require_customer_confirmation = True
        order = self._submit(self._new_sent_order())
        self._sign(order)
        self.assertEqual(order.customer_confirmed_method, 'portal')
        self._approve(order)
        self.assertEqual(order.state, 'sale')

    def test_failure_is_told(self):
        """What core refuses leaves the order approved; the others of the batch are confirmed."""
        orders = self._submit(self._new_sent_order(2))
        for order in orders:
            self._sign(order)
        bad = orders[0]
        action_confirm = type(bad)._action_confirm

        def refuse(self):
            if bad in self:
                raise UserError("The warehouse is closed.")
            return action_confirm(self)

        with patch.object(type(bad), '_action_confirm', refuse):
            self._approve(orders)
        self.assertEqual(orders.mapped('state'), ['sent', 'sale'])
        self.assertEqual(orders.mapped('review_state'), ['approved', 'approved'])
        note = self._get_messages(bad, "The warehouse is closed.")
        self.assertIn(self.user_sales.partner_id, note.notified_partner_ids)
        self.assertTrue(bad.customer_waits)
        bad.with_user(self.user_sales).action_confirm()
        self.assertEqual(bad.state, 'sale')
        # The customer gets the confirmation all the same.
        self.assertEqual(bad.pending_email_template_id, self.env.ref('sale.mail_template_sale_confirmation'))

    def test_confirmed_with_customer_last(self):
        """Where the confirmation with the customer is the last thing that was missing, it confirms."""
        order = self._submit(self._new_sent_order())
        self._sign(order)
        self.policy.require_customer_confirmation = True
        order._forget_customer_confirmation()
        self._approve(order)
        self.assertEqual((order.state, order.review_state), ('sent', 'approved'))
        order.with_user(self.user_sales).action_confirm_customer('phone')
        self.assertEqual(order.state, 'sale')

    @users('test_finance')
    def test_confirmed_as_superuser(self):
        """The last reviewer needs no right on orders, and the context of the client is not asked."""
        order = self._submit(self._new_sent_order())
        self._sign(order)
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        review = self._get_pending_reviews(order).with_user(self.env.user).sudo(False)
        review.with_context(default_note="From the client", skip_procurement=True).action_approve()
        self.assertEqual(order.state, 'sale')
        self.assertTrue(order.picking_ids)
        self.assertEqual(order.picking_ids.create_uid, self.env.ref('base.user_root'))

    # -- the acceptance lapses ----------------------------------------------------------------------

    def test_changed_in_between(self):
        order = self._submit(self._new_sent_order())
        self._sign(order)
        order.order_line.with_user(self.user_sales).price_unit = 120
        self._approve(order)
        self.assertRecordValues(order, [{
            'state': 'sent', 'review_state': 'approved', 'customer_accepted_at': False, 'customer_waits': False,
            'signature': False, 'signed_by': False}])
        kept = self.env['ir.attachment'].search([
            ('res_model', '=', 'sale.order'), ('res_id', '=', order.id), ('name', 'like', 'Signature of Ann Customer')])
        self.assertEqual(len(kept), 1)
        self.assertTrue(kept.raw)
        note = self._get_messages(order, "accepted values other than")
        self.assertIn(self.user_sales.partner_id, note.notified_partner_ids)
        self.assertIn("120.00", note.body)
        self.assertFalse(self._get_mails(order))
        self._run_mail_job()
        mail = self._get_mails(order)
        self.assertEqual(len(mail), 1)
        self.assertIn("had to be changed", mail.body)
        # The customer signs again, and nothing is left to be decided.
        self.assertTrue(order._has_to_be_signed())
        self._sign(order)
        self.assertEqual(order.state, 'sale')

    def test_signature_is_kept_whatever_a_client_asks_for(self):
        """A client that asks for the sizes of files only gets them, and the signature is kept all the same."""
        for context in ({}, {'bin_size': True}, {'bin_size_signature': True}):
            order = self._submit(self._new_sent_order())
            self._sign(order)
            signature = order.signature
            order.invalidate_recordset()
            order.with_context(**context)._keep_signature()
            kept = self.env['ir.attachment'].search([
                ('res_model', '=', 'sale.order'), ('res_id', '=', order.id), ('name', 'like', 'Signature of')])
            with self.subTest(context=context):
                self.assertEqual(kept.datas, signature)

    def test_changed_and_changed_back(self):
        order = self._submit(self._new_sent_order())
        self._sign(order)
        line = order.order_line.with_user(self.user_sales)
        line.price_unit = 120
        line.price_unit = 100
        self._approve(order)
        self.assertEqual(order.state, 'sale')

    def test_internal_changes_do_not_matter(self):
        """What only a stage watches was not agreed with the customer."""
        field = self.env['ir.model.fields']._get('sale.order', 'client_order_ref')
        self.stage_finance.watched_field_ids = field
        order = self._submit(self._new_sent_order())
        self._sign(order)
        order.with_user(self.user_sales).client_order_ref = "PO 1"
        self._approve(order)
        self.assertEqual(order.state, 'sale')

    def test_customer_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        template = self.env.ref('sale_order_lifecycle.mail_template_order_changed')
        template.with_context(lang='fr_FR').subject = "Votre commande a changé"
        self.partner.lang = 'fr_FR'
        order = self._submit(self._new_sent_order())
        self._sign(order)
        order.order_line.with_user(self.user_sales).price_unit = 120
        self._approve(order)
        self._run_mail_job()
        self.assertEqual(self._get_mails(order).subject, "Votre commande a changé")

    def test_customer_without_email(self):
        self.partner.email = False
        order = self._submit(self._new_sent_order())
        self._sign(order)
        order.order_line.with_user(self.user_sales).price_unit = 120
        self._approve(order)
        self.assertFalse(order.customer_accepted_at)
        self.assertFalse(order.pending_email_template_id)
        self.assertTrue(self._get_messages(order, "Ask the customer to accept the order again"))

    # -- cost -----------------------------------------------------------------------------------------

    def test_no_cost_without_acceptance(self):
        """Orders that no customer has accepted cost no query more at the last approval."""
        orders = self._submit(self._new_order(2)).sudo()
        orders.mapped('customer_waits')
        with self.assertQueryCount(0):
            orders._confirm_what_customer_accepted()


@tagged('post_install', '-at_install')
class TestAcceptanceByPayment(PaymentMixin, AcceptanceCommon, PaymentCommon):

    def test_confirms_by_itself(self):
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay_online(order)
        self.assertEqual(order.pending_email_template_id, self.env.ref('sale.mail_template_sale_payment_executed'))
        self._approve(order)
        self.assertEqual(order.state, 'sale')
        self.assertEqual(order.pending_email_template_id, self.env.ref('sale.mail_template_sale_confirmation'))
        self.assertFalse(order.invoice_ids)
        self.assertTrue(transaction.payment_id)

    def test_payment_mail_at_once(self):
        """The customer is informed of the received payment while the review goes on."""
        order = self._submit(self._new_order_to_pay())
        self._pay_online(order)
        self._run_mail_job()
        self.assertIn("has been confirmed", self._get_mails(order).body)
        self._approve(order)
        self._run_mail_job()
        self.assertEqual(len(self._get_mails(order)), 2)

    def test_sign_then_pay(self):
        """One acceptance, one message."""
        order = self._submit(self._new_sent_order())
        self._sign(order)
        accepted_at = order.customer_accepted_at
        self._pay_online(order)
        self.assertRecordValues(order, [{
            'customer_accepted_method': 'signature', 'customer_accepted_at': accepted_at, 'state': 'sent'}])
        self.assertEqual(len(self._get_messages(order, "is waiting for the confirmation")), 1)

    def test_automatic_invoice(self):
        """The invoice that core makes for finished transactions of confirmed orders is made when it is confirmed."""
        self.env['ir.config_parameter'].sudo().set_param('sale.automatic_invoice', 'True')
        order = self._submit(self._new_order_to_pay(lines=[(self.product_service, 2)]))
        transaction = self._pay_online(order)
        self.assertFalse(order.invoice_ids)
        self._approve(order)
        invoice = order.invoice_ids
        self.assertEqual(order.state, 'sale')
        self.assertRecordValues(invoice, [{'state': 'posted', 'amount_total': order.amount_total}])
        self.assertIn(invoice.payment_state, ('paid', 'in_payment'))
        self.assertEqual(transaction.invoice_ids, invoice)
        self.assertFalse(invoice.is_move_sent)
        self.assertTrue(transaction.invoice_to_send)
        transaction.with_user(self.env.ref('base.user_root'))._send_late_invoice()
        self.assertTrue(invoice.is_move_sent)
        self.assertFalse(transaction.invoice_to_send)

    def test_automatic_invoice_of_accepted_order(self):
        """Core does all of it itself when the order is accepted first."""
        self.env['ir.config_parameter'].sudo().set_param('sale.automatic_invoice', 'True')
        order = self._accept(self._new_order_to_pay(lines=[(self.product_service, 2)]))
        transaction = self._pay_online(order)
        self.assertEqual(order.state, 'sale')
        self.assertEqual(len(order.invoice_ids), 1)
        self.assertFalse(transaction.invoice_to_send)

    def test_automatic_invoice_without_review(self):
        """An order that nobody has to review is confirmed and invoiced by the payment itself."""
        self.env['ir.config_parameter'].sudo().set_param('sale.automatic_invoice', 'True')
        self.policy.stage_ids.sudo().domain = "[('amount_total', '>', 1000000)]"
        order = self._new_order_to_pay(lines=[(self.product_service, 2)])
        self._pay_online(order)
        self.assertEqual(order.state, 'sale')
        self.assertEqual(len(order.invoice_ids), 1)
        self.assertEqual(order.pending_email_template_id, self.env.ref('sale.mail_template_sale_confirmation'))

    def test_automatic_invoice_when_staff_confirms(self):
        """Where it could not confirm by itself, the invoice is made when a salesperson confirms."""
        self.env['ir.config_parameter'].sudo().set_param('sale.automatic_invoice', 'True')
        order = self._submit(self._new_order_to_pay(lines=[(self.product_service, 2)]))
        self._pay_online(order)

        def refuse(self):
            raise UserError("Closed.")

        with patch.object(type(order), '_action_confirm', refuse):
            self._approve(order)
        self.assertEqual(order.state, 'sent')
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(len(order.invoice_ids), 1)

    def test_invoice_fails(self):
        """The order is confirmed all the same, and the salesperson is told."""
        self.env['ir.config_parameter'].sudo().set_param('sale.automatic_invoice', 'True')
        order = self._submit(self._new_order_to_pay(lines=[(self.product_service, 2)]))
        self._pay_online(order)

        def refuse(self):
            raise UserError("The books are closed.")

        with patch.object(type(self.env['payment.transaction']), '_invoice_sale_orders', refuse):
            self._approve(order)
        self.assertEqual(order.state, 'sale')
        self.assertIn(
            self.user_sales.partner_id, self._get_messages(order, "The books are closed.").notified_partner_ids)

    def test_changed_in_between(self):
        """The payment stays; the customer signs, since there is nothing left to pay."""
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay_online(order)
        order.with_user(self.user_sales).note = "Other terms"
        self._approve(order)
        self.assertRecordValues(order, [{
            'state': 'sent', 'customer_accepted_at': False, 'amount_paid': order.amount_total}])
        self.assertEqual(transaction.state, 'done')
        self.assertTrue(order._has_to_be_signed())
        self._sign(order)
        self.assertEqual(order.state, 'sale')

    def test_no_invoice_before_confirmation(self):
        order = self._submit(self._new_order_to_pay(lines=[(self.product_service, 2)]))
        self._pay_online(order)
        self.assertFalse(order.sudo()._create_invoices())
        self.assertFalse(order.sudo()._create_invoices(final=True))

    def test_payment_link(self):
        """A customer pays by a link that sales has made."""
        order = self._submit(self._new_sent_order())
        wizard = self.env['payment.link.wizard'].with_context(
            active_model='sale.order', active_id=order.id).create({})
        self.assertTrue(wizard.link)
        self._pay_online(order, amount=wizard.amount)
        self.assertRecordValues(order, [{'state': 'sent', 'customer_waits': True}])

    def test_pending_transaction(self):
        """A wire transfer that is announced is no acceptance, and raises nothing."""
        order = self._new_order_to_pay(lines=[(self.product_service, 1)])
        self._pay_online(order, 'pending')
        self.assertRecordValues(order, [{'state': 'sent', 'customer_accepted_at': False}])
