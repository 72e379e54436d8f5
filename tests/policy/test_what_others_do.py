"""What is in the hands of others on an order: their to-dos, who follows it, what they have said."""
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

MUTED = ('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model', 'odoo.models')


@tagged('post_install', '-at_install')
class TestWhatOthersDo(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._submit(cls._new_order())
        cls._get_pending_reviews(cls.order).with_user(cls.user_sales).sudo(False).action_approve()
        cls.review = cls._get_pending_reviews(cls.order)
        # Who may write every order, by Odoo's own rights, and sells none of them.
        cls.hands = (cls.user_stock, cls.user_mrp, cls.user_accountant)

    # -- to-dos -----------------------------------------------------------------------------------

    @mute_logger(*MUTED)
    def test_to_dos_of_others(self):
        review = self.review.with_user(self.user_finance).sudo(False)
        review.action_ask("Why so cheap?")
        review.action_return("Too cheap")
        to_dos = self.env['mail.activity'].search([
            ('res_model', '=', 'sale.order'), ('res_id', '=', self.order.id)])
        self.assertEqual(to_dos.user_id, self.user_sales)
        for user in (*self.hands, self.user_employee):
            for own in to_dos.with_user(user):
                for method, args in (
                    ('write', [{'user_id': user.id}]), ('write', [{'date_deadline': '2099-01-01'}]),
                    ('write', [{'active': False}]), ('unlink', []), ('action_feedback', []), ('action_done', []),
                ):
                    with self.subTest(user=user.login, method=method, args=args), self.assertRaises(
                            AccessError), self.env.cr.savepoint():
                        getattr(own, method)(*args)
        # What people give to themselves and to others stays theirs, and sales staff help each other.
        mine = self.order.with_user(self.user_stock).activity_schedule('mail.mail_activity_data_todo')
        mine.unlink()
        to_dos.with_user(self.user_sales_manager).write({'user_id': self.user_sales_manager.id})
        to_dos.with_user(self.user_sales_manager).action_feedback()

    # -- files ------------------------------------------------------------------------------------

    @mute_logger(*MUTED)
    def test_files_of_orders(self):
        """The contract is a file of the order: it is changed by sales staff and by whoever has attached it."""
        other = self._new_order()
        contract = self.env['ir.attachment'].with_user(self.user_sales).create({
            'name': "contract.pdf", 'raw': b'Signed', 'res_model': 'sale.order', 'res_id': self.order.id})
        for user in self.hands:
            # Mail's own routes delete as superuser.
            for own in (contract.with_user(user), contract.with_user(user).sudo()):
                for method, args in (
                    ('unlink', []), ('write', [{'raw': b'Other'}]), ('write', [{'name': "Other"}]),
                    ('write', [{'res_id': other.id}]), ('write', [{'res_model': False, 'res_id': False}]),
                ):
                    with self.subTest(user=user.login, method=method, args=args, su=own.env.su), \
                            self._in_transaction_of(user), self.assertRaises(AccessError), self.env.cr.savepoint():
                        getattr(own, method)(*args)
        self.env.invalidate_all()
        self.assertRecordValues(contract, [{'raw': b'Signed', 'res_id': self.order.id, 'name': "contract.pdf"}])
        # What people have attached themselves is theirs, and an order that nobody has registered has no policy.
        for user in self.hands:
            with self._in_transaction_of(user):
                mine = self.env['ir.attachment'].with_user(user).create({
                    'name': "label.pdf", 'raw': b'1', 'res_model': 'sale.order', 'res_id': self.order.id})
                mine.write({'raw': b'2'})
                mine.unlink()
        with self._in_transaction_of(self.user_sales_manager):
            contract.with_user(self.user_sales_manager).unlink()

    # -- followers --------------------------------------------------------------------------------

    @mute_logger(*MUTED)
    def test_followers(self):
        seller, customer = self.user_sales.partner_id, self.partner
        self.order.message_subscribe(seller.ids)
        for user in self.hands:
            own = self.order.with_user(user)
            for method, partner in (
                ('message_unsubscribe', seller), ('message_unsubscribe', customer | user.partner_id),
                ('message_subscribe', self.vendor), ('message_subscribe', self.vendor | user.partner_id),
            ):
                with self.subTest(user=user.login, method=method), self.assertRaises(
                        AccessError), self.env.cr.savepoint():
                    getattr(own, method)(partner.ids)
            for command in (Command.unlink(seller.id), Command.link(self.vendor.id)):
                with self.subTest(user=user.login, command=command), self.assertRaises(
                        AccessError), self.env.cr.savepoint():
                    own.write({'message_partner_ids': [command]})
            own.message_subscribe((user.partner_id | self.user_finance.partner_id).ids)
            own.message_unsubscribe(user.partner_id.ids)
        self.assertIn(seller, self.order.message_partner_ids)
        self.order.with_user(self.user_sales).message_subscribe(customer.ids)
        self.order.with_user(self.user_sales).message_unsubscribe(customer.ids)

    def test_followers_by_message(self):
        """Mail's route posts as superuser, in the context that the client sends: whoever gets a message follows nothing
        by it, unless sales sends it."""
        for user in (*self.hands, self.user_finance, self.user_sales):
            with self._in_transaction_of(user):
                self.order.with_user(user).with_context(mail_post_autofollow=True).sudo().message_post(
                    body="Hi", partner_ids=self.vendor.ids)
            with self.subTest(user=user.login):
                self.assertEqual(self.vendor in self.order.message_partner_ids, user == self.user_sales)

    @mute_logger(*MUTED)
    def test_changes_are_told_by_the_system(self):
        """A message may hold what has changed, from what to what: nobody but core says that."""
        forged = [Command.create({
            'field_id': self.env['ir.model.fields']._get('sale.order', 'state').id,
            'old_value_char': "Quotation", 'new_value_char': "Approved"})]
        for user in (*self.hands, self.user_finance, self.user_sales):
            own = self.order.with_user(user).sudo(False)
            values = {
                'model': own._name, 'res_id': own.id, 'body': "", 'message_type': 'notification',
                'tracking_value_ids': forged}
            for method, record, args, kwargs in (
                ('message_post', own, [], {'body': "", 'message_type': 'notification', 'tracking_value_ids': forged}),
                ('create', own.env['mail.message'], [values], {}),
            ):
                with self.subTest(user=user.login, method=method), self._in_transaction_of(user), self.assertRaises(
                        AccessError), self.env.cr.savepoint():
                    getattr(record, method)(*args, **kwargs)

    # -- templates --------------------------------------------------------------------------------

    def _new_template(self, user, model):
        return self.env['mail.template'].with_user(user).create({
            'name': "Mine", 'model_id': self.env['ir.model']._get_id(model), 'subject': "Hi", 'body_html': "<p>Hi</p>",
            'email_to': 'somebody@example.com'})

    def _get_last_message(self):
        return self.env['mail.message'].search([], limit=1, order='id desc')

    @mute_logger(*MUTED)
    def test_templates_speak_for_nobody_else(self):
        """A mail that is sent with a template of one's own comes into the record of others in no other name."""
        finance = self.user_finance.partner_id
        forged = {
            'author_id': finance.id, 'email_from': finance.email, 'body_html': "<p>Approved</p>",
            'message_type': 'comment', 'date': '2020-01-01 00:00:00', 'is_notification': True}
        template = self._new_template(self.user_employee, 'res.partner')
        own, orders = self.user_employee.partner_id, (self.order, self.review)
        for document in orders:
            count = self.env['mail.message'].search_count([
                ('model', '=', document._name), ('res_id', '=', document.id)])
            with self._in_transaction_of(self.user_employee):
                template.send_mail(own.id, email_values={
                    **forged, 'model': document._name, 'res_id': document.id})
            message = self._get_last_message()
            with self.subTest(model=document._name):
                self.assertEqual((message.model, message.res_id, message.author_id), ('res.partner', own.id, own))
                self.assertEqual(count, self.env['mail.message'].search_count([
                    ('model', '=', document._name), ('res_id', '=', document.id)]))
        for document in orders:
            template = self._new_template(self.user_finance, document._name)
            with self._in_transaction_of(self.user_finance):
                template.send_mail(document.id, email_values={**forged, 'author_id': self.user_sales.partner_id.id})
            message = self._get_last_message()
            with self.subTest(model=document._name):
                self.assertEqual((message.author_id, message.message_type), (finance, 'email_outgoing'))
                self.assertNotEqual(message.date.year, 2020)
                self.assertIn("Approved", message.body)

    @mute_logger(*MUTED)
    def test_templates_rewrite_nothing(self):
        sent = self.env['mail.mail'].create({
            'model': 'sale.order', 'res_id': self.order.id, 'body': "Our offer", 'body_html': "Our offer",
            'author_id': self.user_sales.partner_id.id, 'message_type': 'email_outgoing'}).mail_message_id
        template = self._new_template(self.user_employee, 'res.partner')
        with self._in_transaction_of(self.user_employee):
            template.send_mail(self.user_employee.partner_id.id, email_values={
                'mail_message_id': sent.id, 'body_html': "Another offer"})
        self.assertIn("Our offer", sent.body)
        # Elsewhere templates are as they were.
        with self._in_transaction_of(self.user_employee):
            template.send_mail(self.user_employee.partner_id.id, email_values={
                'author_id': self.user_finance.partner_id.id})
        self.assertEqual(self._get_last_message().author_id, self.user_finance.partner_id)
