"""What is noted on an order under policy stays, and nobody writes there in the name of somebody else."""
import base64
from xmlrpc.client import Fault

from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

PASSWORD = 'test_record_password'


@tagged('post_install', '-at_install')
class TestRecordOfDecisions(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user_sales, cls.user_sales_manager, cls.user_finance):
            user.password = PASSWORD
        cls.admin = cls._new_user('admin', 'base.group_system,sales_team.group_sale_manager', password=PASSWORD)
        cls.order = cls._accept(cls._new_order())
        cls.note = cls._get_notes(cls.order).filtered(lambda note: note.author_id == cls.user_finance.partner_id)
        cls.comment = cls.order.with_user(cls.user_finance).sudo().message_post(
            body="Pays late", message_type='comment', subtype_xmlid='mail.mt_note')
        cls.own_comment = cls.order.with_user(cls.user_sales).message_post(body="Mine", message_type='comment')
        cls.env.flush_all()

    @classmethod
    def _get_notes(cls, order):
        return cls.env['mail.message'].sudo().search([
            ('model', '=', 'sale.order'), ('res_id', '=', order.id), ('message_type', '=', 'notification')])

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, PASSWORD, model, method, list(args), kwargs)

    def _assert_refused(self, user, model, method, *args, **kwargs):
        with self.assertRaises(Fault) as refused:
            self._call(user, model, method, *args, **kwargs)
        self.assertEqual(refused.exception.faultCode, 4)

    # -- what stands ------------------------------------------------------------------------------

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_rule')
    def test_notes_stay(self):
        self.assertTrue(self.note)
        for user in (self.user_sales, self.user_sales_manager, self.user_finance, self.admin):
            for message in (self.note[0], *self.comment.filtered(lambda row: row.author_id != user.partner_id)):
                for method, args in (
                    ('unlink', ()), ('write', ({'body': "Approved gladly"},)), ('write', ({'subject': "No"},)),
                    ('write', ({'author_id': user.partner_id.id},)), ('write', ({'date': '2020-01-01 00:00:00'},)),
                    ('write', ({'is_internal': False},)), ('write', ({'message_type': 'comment'},)),
                    ('write', ({'res_id': 1},)),
                ):
                    with self.subTest(user=user.login, method=method, args=args):
                        self._assert_refused(user, 'mail.message', method, message.ids, *args)
                with self.subTest(user=user.login):
                    if self.order.with_user(user).sudo(False).has_access('write'):
                        self._assert_refused(
                            user, 'sale.order', 'write', self.order.ids, {'message_ids': [[2, message.id]]})
        self.assertTrue(self.note.exists() and self.comment.exists())

    def test_as_superuser(self):
        """Mail's own routes change and delete as superuser with the user's id."""
        for user in (self.user_sales, self.admin, self.user_finance):
            note = self.note[0].with_user(user).sudo()
            for change in (note.unlink, lambda note=note: note.write({'body': "x"})):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    change()
        with self.assertRaises(AccessError):
            self.comment.with_user(self.admin).sudo().write({'body': "x"})

    @mute_logger('odoo.http')
    def test_route(self):
        self.authenticate(self.admin.login, PASSWORD)
        for message, body in ((self.note[0], "x"), (self.comment, "x"), (self.comment, "")):
            with self.subTest(message=message.id), self.assertRaises(Exception) as refused:
                self.make_jsonrpc_request('/mail/message/update_content', {
                    'message_id': message.id, 'update_data': {'body': body, 'attachment_ids': []}})
            self.assertTrue(refused.exception)
        self.assertIn("Pays late", self.comment.body)
        self.authenticate(self.user_sales.login, PASSWORD)
        self.make_jsonrpc_request('/mail/message/update_content', {
            'message_id': self.own_comment.id, 'update_data': {'body': "Mine, corrected", 'attachment_ids': []}})
        self.env.invalidate_all()
        self.assertIn("Mine, corrected", self.own_comment.body)

    def test_own_comment(self):
        self._call(self.user_sales, 'mail.message', 'write', self.own_comment.ids, {'body': "Better"})
        self._call(self.user_sales, 'mail.message', 'toggle_message_starred', self.note[0].ids)
        self._call(self.user_sales, 'mail.message', 'unlink', self.own_comment.ids)
        self.assertFalse(self.own_comment.exists())

    @mute_logger('odoo.http')
    def test_files(self):
        """What a customer has sent stays what it was, over Mail's routes, too."""
        message = self.order.message_post(
            body="Our order", author_id=self.partner.id, message_type='email', attachments=[('order.txt', b'Two')])
        file = message.attachment_ids
        self.env.flush_all()
        for user in (self.user_sales, self.user_sales_manager, self.admin):
            for method, args in (
                ('write', ({'datas': base64.b64encode(b'Ten').decode()},)), ('write', ({'name': 'x.txt'},)),
                ('unlink', ()),
            ):
                with self.subTest(user=user.login, method=method, args=args):
                    self._assert_refused(user, 'ir.attachment', method, file.ids, *args)
        self.authenticate(self.user_sales.login, PASSWORD)
        with self.assertRaises(Exception) as refused:
            self.make_jsonrpc_request('/mail/attachment/delete', {'attachment_id': file.id})
        self.assertTrue(refused.exception)
        self.env.invalidate_all()
        self.assertEqual(file.exists().raw, b'Two')
        free = self._call(self.user_sales, 'ir.attachment', 'create', {
            'name': 'own.txt', 'raw': 'x', 'res_model': 'sale.order', 'res_id': self.order.id})
        self._call(self.user_sales, 'ir.attachment', 'unlink', [free])

    def test_deleted_with_its_order(self):
        order = self._new_order()
        order._message_log(body="A note")
        note = self._get_notes(order)
        order.with_user(self.user_sales_manager).unlink()
        self.assertFalse(note.exists() or order.exists())

    def test_plain_odoo(self):
        company = self._new_company()
        self.user_sales.sudo().company_ids |= company
        order = self._new_order(company_id=company.id)
        self.assertFalse(order.policy_id)
        own = order.with_user(self.user_sales).with_company(company)
        message = own.message_post(body="x", author_id=self.user_finance.partner_id.id)
        message.write({'body': "y"})
        message.unlink()
        self.assertFalse(message.exists())

    # -- who speaks -------------------------------------------------------------------------------

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_rule')
    def test_as_somebody_else(self):
        finance = self.user_finance.partner_id
        values = {'model': 'sale.order', 'res_id': self.order.id, 'body': "Fine"}
        for user in (self.user_sales, self.user_sales_manager, self.admin):
            for method, kwargs in (
                ('message_post', {'author_id': finance.id}),
                ('message_post', {'author_id': self.env.ref('base.partner_root').id}),
                ('message_post', {'author_id': self.partner.id, 'message_type': 'comment'}),
                ('message_post', {'email_from': finance.email}),
                ('message_post', {'email_from': f'"Me" <{finance.email}>', 'author_id': user.partner_id.id}),
                ('message_post', {'email_from': '"Test Finance" <nobody@nowhere.example.com>'}),
                ('message_post', {'author_id': False, 'email_from': '"Test Finance" <a@nowhere.example.com>'}),
            ):
                with self.subTest(user=user.login, method=method, kwargs=kwargs):
                    self._assert_refused(user, 'sale.order', method, self.order.ids, body="Fine", **kwargs)
            with self.subTest(user=user.login), self.assertRaises(Fault):
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, user.id, PASSWORD, 'sale.order', 'message_notify', [self.order.ids], {
                        **values, 'author_id': finance.id, 'partner_ids': user.partner_id.ids})
            for vals in ({'author_id': finance.id}, {'email_from': finance.email, 'author_id': user.partner_id.id}):
                with self.subTest(user=user.login, vals=vals):
                    self._assert_refused(user, 'mail.message', 'create', {**values, **vals})
            with self.subTest(user=user.login):
                self._assert_refused(
                    user, 'mail.message', 'create', values, context={'default_author_id': finance.id})
        self.assertTrue(self._call(self.user_sales, 'sale.order', 'message_post', self.order.ids, body="Mine"))

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_rule')
    def test_at_another_time(self):
        values = {'model': 'sale.order', 'res_id': self.order.id, 'body': "Fine", 'message_type': 'comment'}
        for user in (self.user_sales, self.admin):
            with self.subTest(user=user.login):
                self._assert_refused(user, 'mail.message', 'create', {**values, 'date': '2020-01-01 00:00:00'})
                self._assert_refused(
                    user, 'mail.message', 'create', values, context={'default_date': '2020-01-01 00:00:00'})
                self._assert_refused(user, 'mail.message', 'create', {**values, 'date': False})
        self.assertTrue(self._call(self.user_sales, 'mail.message', 'create', values))
        # Nor is it written elsewhere, with any date, and brought here; others are refused by core.
        elsewhere = self._call(self.admin, 'mail.message', 'create', [{
            **values, 'model': 'res.users', 'res_id': self.admin.id, 'date': '2020-01-01 00:00:00'}])
        self._assert_refused(self.admin, 'mail.message', 'write', elsewhere, {
            'model': 'sale.order', 'res_id': self.order.id})

    def test_customers_write_comments(self):
        """What reads as a note of the company is none of a customer's."""
        customer = new_test_user(
            self.env, login='test_customer', groups='base.group_portal', partner_id=self.partner.id)
        self.order.message_subscribe(self.partner.ids)
        note, comment = self.env.ref('mail.mt_note'), self.env.ref('mail.mt_comment')
        Message = self.env['mail.message'].with_user(customer)
        values = {'model': 'sale.order', 'res_id': self.order.id, 'body': "All departments have approved the order."}
        for vals in (
            {'message_type': 'notification', 'subtype_id': note.id}, {'message_type': 'comment', 'subtype_id': note.id},
            {'message_type': 'notification', 'subtype_id': comment.id},
            {'message_type': 'comment', 'subtype_id': comment.id, 'is_internal': True},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError), self.env.cr.savepoint():
                Message.create({**values, **vals})
        self.assertTrue(Message.create({**values, 'message_type': 'comment', 'subtype_id': comment.id}))
        self.authenticate(None, None)
        self.make_jsonrpc_request('/mail/message/post', {
            'thread_model': 'sale.order', 'thread_id': self.order.id, 'token': self.order._portal_ensure_token(),
            'post_data': {'body': "Noted", 'message_type': 'notification', 'subtype_xmlid': 'mail.mt_note'}})
        self.env.invalidate_all()
        self.assertRecordValues(self.order.message_ids[0], [{
            'message_type': 'comment', 'subtype_id': comment.id, 'author_id': self.partner.id}])

    @mute_logger('odoo.http', 'odoo.orm.models', 'odoo.domains')
    def test_ratings(self):
        """What is sent with the token of a rating is posted in the name of whom it is of: nobody makes or reads one."""
        self.user_employee.password = PASSWORD
        model_id = self.env['ir.model']._get_id('sale.order')
        token = self.order._rating_get_access_token(self.partner)
        asked = self.order.rating_ids
        own = self.env['rating.rating'].with_user(self.user_employee).create({
            'res_model_id': self.env['ir.model']._get_id('res.partner'), 'res_id': self.vendor.id,
            'partner_id': self.user_employee.partner_id.id})
        self.env.flush_all()
        for user in (self.user_employee, self.user_sales, self.user_sales_manager):
            values = {'res_id': self.order.id, 'res_model_id': model_id, 'partner_id': self.user_finance.partner_id.id}
            with self.subTest(user=user.login):
                self._assert_refused(user, 'rating.rating', 'create', [values])
                self._assert_refused(user, 'rating.rating', 'create', [{'rating': 5}], context={
                    f'default_{name}': value for name, value in values.items()})
                self._assert_refused(user, 'rating.rating', 'write', own.ids, values)
                for vals in ({'partner_id': values['partner_id']}, {'access_token': 'known'}, {'rating': 5}):
                    self._assert_refused(user, 'rating.rating', 'write', asked.ids, vals)
                self._assert_refused(user, 'rating.rating', 'read', asked.ids, ['access_token'])
                self._assert_refused(user, 'rating.rating', 'search', [('access_token', '=like', f'{token[:3]}%')])
        self._assert_refused(self.user_sales, 'sale.order', 'write', self.order.ids, {
            'rating_ids': [[0, 0, {'res_model_id': model_id, 'partner_id': self.user_finance.partner_id.id}]]})
        self._assert_refused(self.user_sales, 'sale.order', 'rating_apply', self.order.ids, 5, token)
        # The customer who is asked rates, and what the company answers is its own.
        self.authenticate(None, None)
        page = self.url_open(f'/rate/{token}/submit_feedback', data={
            'csrf_token': Request.csrf_token(self), 'rate': 5, 'feedback': "Well done"})
        self.assertEqual(page.status_code, 200)
        self.env.invalidate_all()
        self.assertIn("Well done", self.order.message_ids[0].body)
        self.assertEqual(self.order.message_ids[0].author_id, self.partner)
        asked.with_user(self.user_sales).write({'publisher_comment': "Thank you"})

    def test_composer(self):
        """A mail that is sent by a colleague of the salesperson says who has sent it."""
        finance = self.user_finance.partner_id
        for mode in ('comment', 'mass_mail'):
            composer = self.env['mail.compose.message'].with_user(self.user_sales_manager).with_context(
                default_model='sale.order', default_res_ids=self.order.ids).create({
                    'composition_mode': mode, 'subject': "Offer", 'body': "Fine", 'author_id': finance.id,
                    'email_from': finance.email_formatted, 'partner_ids': self.partner.ids,
                    'auto_delete': False})
            composer._action_send_mail()
            message = self.env['mail.message'].sudo().search([
                ('model', '=', 'sale.order'), ('res_id', '=', self.order.id)], order='id desc', limit=1)
            with self.subTest(mode=mode):
                self.assertIn("Fine", message.body)
                self.assertEqual(message.author_id, self.user_sales_manager.partner_id)
                self.assertIn(self.user_sales_manager.email, message.email_from)

    def test_template_of_a_colleague(self):
        """Odoo's own mail of a quotation is sent by whoever presses the button."""
        order = self.order.with_user(self.user_sales_manager).sudo(False)
        action = order.action_quotation_send()
        composer = self.env['mail.compose.message'].with_user(self.user_sales_manager).with_context(
            **action['context']).create({})
        composer._action_send_mail()
        message = self.env['mail.message'].sudo().search([
            ('model', '=', 'sale.order'), ('res_id', '=', self.order.id), ('message_type', '=', 'comment')],
            order='id desc', limit=1)
        self.assertEqual(message.author_id, self.user_sales_manager.partner_id)

    def test_scheduled(self):
        message = self.env['mail.scheduled.message'].with_user(self.user_sales).create({
            'model': 'sale.order', 'res_id': self.order.id, 'body': "Fine", 'scheduled_date': '2099-01-01 00:00:00',
            'author_id': self.user_finance.partner_id.id})
        self.assertEqual(message.author_id, self.user_sales.partner_id)
        message.sudo().author_id = self.user_finance.partner_id
        with self.assertRaises(AccessError):
            message.post_message()
