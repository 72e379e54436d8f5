"""From one state to another: who may, on which way, and with which values (articles R5, I2)."""
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon
from .common import SIGNATURE, AcceptanceCommon
from .rpc_common import PASSWORD, RpcMixin

NOT_SALES = ('stock', 'mrp', 'accountant', 'buyer')


@tagged('post_install', '-at_install')
class TestStatesRpc(RpcMixin, LifecycleCommon, HttpCase):

    def test_confirmed_order_leaves_by_cancellation_only(self):
        order = self._confirm(self._new_order())
        confirmed_at = order.confirmed_at
        for state in (False, 'draft', 'sent', 'done', '', 'nonsense'):
            with self.subTest(state=state):
                self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, {'state': state})
                self.assertRecordValues(order, [{'state': 'sale', 'confirmed_at': confirmed_at}])
        self.call(self.user_sales, 'sale.order', 'write', order.ids, {'state': 'cancel'})
        self.assertRecordValues(order, [{'state': 'cancel', 'confirmed_at': False}])
        for state in ('sale', 'sent', False):
            with self.subTest(state=state):
                self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, {'state': state})
        self.call(self.user_sales, 'sale.order', 'action_draft', order.ids)
        self.assertEqual(order.state, 'draft')

    def test_state_is_never_empty(self):
        order = self._new_order()
        self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, {'state': False})
        self.assertCallRefused(
            self.user_sales, 'sale.order', 'create', [{'partner_id': self.partner.id, 'state': False}])
        self.assertEqual(order.state, 'draft')

    def test_all_transitions(self):
        """Every pair of states: what the white list does not name fails, for superuser code, too."""
        order = self._new_order()
        states = [False, *dict(order._fields['state'].selection)]
        transitions = order._get_state_transitions()
        self.assertEqual(set(transitions), set(states))
        self.assertNotIn(False, set().union(*transitions.values()))
        self.assertEqual(transitions['sale'], {'cancel'})
        for before in states[1:]:
            for after in states:
                if after == before or after in transitions[before]:
                    continue
                order = self._confirm(self._new_order()) if before == 'sale' else self._new_order()
                if before in ('sent', 'cancel'):
                    order.state = before
                for env in (self.env, self.env(user=self.user_sales)):
                    with self.subTest(before=before, after=after, su=env.su), self.assertRaises(UserError), \
                            self.env.cr.savepoint():
                        order.with_env(env).write({'state': after})

    def test_every_arrival_is_judged(self):
        """However an order has lost its state, and whatever its earlier confirmation says: it is judged anew."""
        order = self._confirm(self._new_order())
        self.env.flush_all()
        # As if a module had found another way out.
        self.env.cr.execute("UPDATE sale_order SET state = 'draft' WHERE id = %s", order.ids)
        self.env.cr.execute("UPDATE sale_order_line SET price_unit = 1 WHERE order_id = %s", order.ids)
        self.env.invalidate_all()
        self.assertTrue(order.confirmed_at)
        for values in ({'state': 'sale'}, {'state': 'sale', 'date_order': fields.Datetime.now()}):
            with self.subTest(values=values), self.assertRaises(ValidationError), self.env.cr.savepoint():
                order.with_user(self.user_sales).write(values)
        self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, {'state': 'sale'})
        self.assertCallRefused(self.user_sales, 'sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'draft')

    def test_values_and_state_in_one_write(self):
        order = self._accept(self._new_order())
        line = order.order_line.id
        for values in ({'state': 'sale', 'order_line': [[1, line, {'price_unit': 1}]]},
                       {'order_line': [[1, line, {'price_unit': 1}]], 'state': 'sale'},
                       {'state': 'sale', 'payment_term_id': False}):
            self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, values)
        self.assertRecordValues(order, [{'state': 'draft', 'review_state': 'approved'}])
        self.call(self.user_sales, 'sale.order', 'write', order.ids, {'state': 'sale'})
        self.assertEqual(order.state, 'sale')

    # -- who may ------------------------------------------------------------------------------------

    def test_who_is_no_sales_staff(self):
        """Core lets stock, manufacturing and invoicing users write every order."""
        draft, approved, confirmed = self._new_order(), self._accept(self._new_order()), self._confirm(
            self._new_order())
        signature = {'signature': SIGNATURE, 'signed_by': "Ann Customer"}
        for login in NOT_SALES:
            user = self.users_by_login[login]
            for order, values in (
                (draft, {'state': 'cancel'}), (draft, {'state': 'sent'}), (approved, {'state': 'sale'}),
                (confirmed, {'state': 'cancel'}), (draft, {'date_order': '2020-01-01 00:00:00'}),
                (confirmed, {'date_order': '2020-01-01 00:00:00'}), (draft, signature), (draft, {'signed_by': False}),
                (draft, {'require_signature': False}), (draft, {'require_payment': False}),
                (draft, {'prepayment_percent': 0.01}), (draft, {'validity_date': '2040-01-01'}),
                (draft, {'access_token': 'known'}), (confirmed, {'locked': True}), (draft, {'incoterm': False}),
            ):
                with self.subTest(login=login, values=values):
                    self.assertCallRefused(user, 'sale.order', 'write', order.ids, values)
            for method in ('action_cancel', 'action_confirm', 'action_quotation_sent', 'action_lock'):
                with self.subTest(login=login, method=method):
                    self.assertCallRefused(user, 'sale.order', method, approved.ids)
        self.assertEqual((draft | approved | confirmed).mapped('state'), ['draft', 'draft', 'sale'])
        self.assertFalse(draft.signed_by)

    def test_posting_is_no_sending(self):
        """Mail's routes post as superuser for whoever reads an order or has its link, in the context of the client."""
        order = self._new_order()
        token = order._portal_ensure_token()
        self.env.flush_all()
        for user in (self.user_stock, self.user_accountant, self.user_sales_manager, None):
            if user:
                self.authenticate(user.login, PASSWORD)
            else:
                self.authenticate(None, None)
            with self.subTest(login=user and user.login):
                self.make_jsonrpc_request('/mail/message/post', {
                    'thread_model': 'sale.order', 'thread_id': order.id, **({} if user else {'token': token}),
                    'post_data': {'body': "Posted", 'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment'},
                    'context': {'mark_so_as_sent': True}})
                self.env.invalidate_all()
                self.assertIn("Posted", order.message_ids[0].body)
                self.assertEqual(order.state, 'draft')
        # What the company posts for a person is of no other effect.
        pending = self._get_pending_reviews(self._submit(order))
        self.call(self.user_sales_manager, 'order.review', 'action_return', pending.ids, "Correct it", context={
            'mark_so_as_sent': True})
        self.assertEqual(order.state, 'draft')
        # The user who sends a quotation is the author of the message.
        self.call(self.user_sales, 'sale.order', 'message_post', order.ids, body="Our offer", context={
            'mark_so_as_sent': True})
        self.assertEqual(order.state, 'sent')

    def test_every_field(self):
        """Each field of an order that can be written is guarded, for sales staff, or none of the agreement."""
        Order = self.env['sale.order']
        messages = {
            name for model in ('mail.thread', 'mail.activity.mixin', 'rating.mixin', 'portal.mixin')
            for name in self.env[model]._fields if name not in MAGIC_COLUMNS}
        open_fields = {
            # what other departments look after
            'warehouse_id', 'picking_policy', 'stock_reference_ids', 'picking_ids', 'repair_order_ids', 'ticket_ids',
            'visit_ids', 'journal_id', 'preferred_payment_method_line_id', 'tag_ids', 'campaign_id', 'medium_id',
            'source_id', 'pending_email_template_id', 'sale_order_template_id', 'opportunity_id', 'website_id',
            'carrier_id',
            # told by their own rules
            'company_id', 'order_line', 'promised_date', 'transaction_ids',
        }
        free = {
            name for name, field in Order._fields.items()
            if name not in MAGIC_COLUMNS and field._module in self.env['ir.module.module']._installed()
            and not (field.compute and not field.inverse and field.readonly) and (field.store or field.inverse)
        } - Order._get_guarded_fields() - Order._get_sales_fields() - messages - open_fields
        self.assertFalse(free, "Who may write these fields of an order under policy?")

    def test_every_field_of_a_line(self):
        """The same of its lines: what is sold, and how it comes to the customer, is for sales staff."""
        Line = self.env['sale.order.line']
        open_fields = {
            # what other departments look after
            'analytic_distribution', 'analytic_line_ids',
            # told by their own rules
            'invoice_lines', 'move_ids', 'production_ids', 'purchase_line_ids', 'qty_delivered', 'state',
            # of the form only
            'linked_line_ids', 'linked_virtual_id', 'selected_combo_items', 'virtual_id',
        }
        free = {
            name for name, field in Line._fields.items()
            if name not in MAGIC_COLUMNS and field._module in self.env['ir.module.module']._installed()
            and not (field.compute and not field.inverse and field.readonly) and (field.store or field.inverse)
            and Line.with_user(self.user_stock)._has_field_access(field, 'write')
        } - Line._get_sales_fields() - open_fields
        self.assertFalse(free, "Who may write these fields of a line of an order under policy?")
        route = self.env['stock.route'].search([], limit=1)
        for order in (self._new_order(), self._confirm(self._new_order())):
            for user in (self.user_stock, self.user_mrp, self.user_accountant):
                for values in ({'route_ids': [[6, 0, route.ids]]}, {'customer_lead': 30}, {'technical_price_unit': 1}):
                    with self.subTest(state=order.state, user=user.login, values=values):
                        self.assertCallRefused(user, 'sale.order.line', 'write', order.order_line.ids, values)
                        self.assertCallRefused(
                            user, 'sale.order', 'write', order.ids, {'order_line': [[1, order.order_line.id, values]]})
            self.call(self.user_sales, 'sale.order.line', 'write', order.order_line.ids, {'customer_lead': 3})

    def test_every_field_of_the_agreement(self):
        """Whatever a stage watches of an order by itself is for sales staff."""
        Order = self.env['sale.order']
        self.assertFalse(set(Order._get_commercial_fields()) - Order._get_sales_fields())
        self.assertFalse(Order._get_intake_fields() - Order._get_sales_fields())

    def test_what_the_agreement_is_computed_from(self):
        """What writes commercial fields without naming them is for sales staff, and confirmation freezes it, too."""
        Order, Line = self.env['sale.order'], self.env['sale.order.line']
        agreed = {(model._name, name) for model in (Order, Line) for name in model._get_commercial_fields()}
        for model in (Order, Line):
            sources = {
                name for name, field in model._fields.items() if (field.store or field.inverse) and agreed & {
                    (other.model_name, other.name) for other in self.registry.get_dependent_fields(field)}}
            with self.subTest(model=model._name):
                self.assertTrue(sources)
                self.assertLessEqual(sources, model._get_sales_fields())
        self.assertFalse(Order._get_commercial_sources() & Order._get_review_neutral_fields())

    def test_template_of_a_quotation(self):
        """The terms of an order come with its template."""
        template = self.env['sale.order.template'].create({
            'name': "Generous", 'note': "<p>Free returns for ever</p>", 'require_signature': True})
        values = {'sale_order_template_id': template.id}
        quotation, approved, confirmed = self._new_order(), self._accept(self._new_order()), self._confirm(
            self._new_order())
        for order in (quotation, approved, confirmed):
            for user in (self.user_stock, self.user_mrp, self.user_accountant):
                with self.subTest(state=order.state, user=user.login):
                    self.assertCallRefused(user, 'sale.order', 'write', order.ids, values)
        for user in (self.user_sales, self.user_sales_manager):
            self.assertCallRefused(user, 'sale.order', 'write', confirmed.ids, values, text="is confirmed")
        self.assertNotIn("Free returns", confirmed.note or '')
        self.call(self.user_sales, 'sale.order', 'write', approved.ids, values)
        self.assertEqual((approved.review_state, "Free returns" in approved.note), ('in_review', True))

    def test_documents_come_with_the_confirmation(self):
        """No flag of a client leaves a confirmed order without its transfer."""
        order = self._accept(self._new_order())
        self.call(self.user_sales, 'sale.order', 'action_confirm', order.ids, context={'skip_procurement': True})
        self.assertEqual(order.state, 'sale')
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 5)

    def test_sales_may(self):
        order = self._new_order()
        for method, state in (('action_quotation_sent', 'sent'), ('action_draft', 'draft'), ('action_cancel', 'cancel'),
                              ('action_draft', 'draft')):
            self.call(self.user_sales, 'sale.order', method, order.ids)
            self.assertEqual(order.state, state)
        self.call(self.user_sales, 'sale.order', 'write', order.ids, {'date_order': '2026-01-05 08:00:00'})
        self._accept(order)
        self.call(self.user_sales, 'sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')

    def test_company_without_policy_is_plain(self):
        company = self._new_company("Plain Company")
        self.user_stock.company_ids |= company
        self.user_sales.company_ids |= company
        order = self._new_order(company_id=company.id)
        context = {'allowed_company_ids': company.ids}
        order.action_confirm()
        for user, values in ((self.user_stock, {'state': 'draft'}), (self.user_stock, {'state': 'sale'}),
                             (self.user_sales, {'state': False}), (self.user_sales, {'signed_by': "Somebody"}),
                             (self.user_sales, {'signed_by': False})):
            self.call(user, 'sale.order', 'write', order.ids, values, context=context)
            self.assertRecordValues(order, [values])


@tagged('post_install', '-at_install')
class TestSignatureRpc(RpcMixin, AcceptanceCommon, HttpCase):
    """Nobody sets a customer's signature but the customer's page."""

    def test_nobody_signs_for_the_customer(self):
        order = self._new_order()
        admin = self.env.ref('base.user_admin')
        users = [self.user_sales, self.user_sales_manager, self.user_manager, self.user_accountant]
        admin.company_ids |= self.company
        for values in ({'signature': SIGNATURE}, {'signed_by': "Ann Customer"},
                       {'signed_on': '2026-01-01 10:00:00'}, {'signature': SIGNATURE, 'state': 'draft'},
                       {'signature': SIGNATURE, 'state': 'sent'}):
            for user in users:
                with self.subTest(user=user.login, values=values):
                    self.assertCallRefused(user, 'sale.order', 'write', order.ids, values)
            with self.subTest(values=values), self.assertRaises(AccessError), self.env.cr.savepoint():
                order.with_user(admin).write(values)
            with self.subTest(create=values):
                self.assertCallRefused(
                    self.user_sales, 'sale.order', 'create', [{'partner_id': self.partner.id, **values}])
        self.assertCallRefused(
            self.user_sales, 'sale.order', 'create', [{'partner_id': self.partner.id}],
            context={'default_signed_by': "Ann Customer"})
        self.env['ir.default'].with_user(self.user_sales).set(
            'sale.order', 'signed_by', "Ann Customer", user_id=True)
        self.assertCallRefused(self.user_sales, 'sale.order', 'create', [{'partner_id': self.partner.id}])
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.env['sale.order'].with_user(self.user_sales).sudo().create({
                'partner_id': self.partner.id, 'signed_by': "Ann Customer"})
        self.assertRecordValues(order, [{'signature': False, 'signed_by': False, 'signed_on': False}])

    def test_nobody_pays_for_the_customer(self):
        """A payment of somebody else cannot be claimed for an order."""
        paid, order = self._new_order(), self._new_order()
        provider = self.env['payment.provider'].create({
            'name': "Bank", 'code': 'none', 'state': 'test', 'company_id': self.company.id})
        transaction = self.env['payment.transaction'].create({
            'provider_id': provider.id, 'payment_method_id': self.env.ref('payment.payment_method_unknown').id,
            'amount': 500, 'currency_id': order.currency_id.id, 'partner_id': self.partner.id, 'reference': "T1",
            'sale_order_ids': [Command.set(paid.ids)]})
        for user in (self.user_sales, self.user_sales_manager, self.user_stock, self.user_accountant):
            for target, command in ((order, [4, transaction.id]), (order, [6, 0, transaction.ids]),
                                    (paid, [3, transaction.id])):
                self.assertCallRefused(user, 'sale.order', 'write', target.ids, {'transaction_ids': [command]})
        # Nor is it taken away where a signature is.
        clerk = self._new_user('clerk', 'sales_team.group_sale_salesman_all_leads,account.group_account_invoice')
        clerk.password = PASSWORD
        for values in ({'transaction_ids': False}, {'transaction_ids': False, 'state': 'draft'}):
            self.assertCallRefused(clerk, 'sale.order', 'write', paid.ids, values)
        # Nor from the side of the payment, which accountants may write.
        for values in (
            {'sale_order_ids': [[4, order.id]]}, {'sale_order_ids': [[6, 0, []]]}, {'state': 'done'}, {'amount': 900},
        ):
            self.assertCallRefused(self.user_accountant, 'payment.transaction', 'write', transaction.ids, values)
        own = transaction.copy({'reference': "T2", 'sale_order_ids': False})
        for values in ({'sale_order_ids': [[4, order.id]]}, {'source_transaction_id': transaction.id}):
            self.assertCallRefused(self.user_accountant, 'payment.transaction', 'write', own.ids, values)
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                own.with_user(self.user_accountant).copy({'reference': "T3", **values})
        for values, context in (({'transaction_ids': [[6, 0, transaction.ids]]}, {}),
                                ({}, {'default_transaction_ids': [[6, 0, transaction.ids]]})):
            self.assertCallRefused(
                self.user_sales, 'sale.order', 'create', [{'partner_id': self.partner.id, **values}], context=context)
        self.assertFalse(order.transaction_ids)
        self.assertEqual(paid.transaction_ids, transaction)

    def test_file_of_the_signature(self):
        """Core keeps the picture in an attachment, which whoever writes the order could write."""
        signed, unsigned = self._sign(self._new_sent_order()), self._new_sent_order()
        files = self.env['ir.attachment'].search([
            ('res_model', '=', 'sale.order'), ('res_field', '=', 'signature'), ('res_id', '=', signed.id)])
        self.assertEqual(len(files), 1)
        picture = {'datas': SIGNATURE, 'mimetype': 'image/png'}
        place = {'res_model': 'sale.order', 'res_field': 'signature', 'res_id': unsigned.id}
        self.assertCallRefused(self.user_sales, 'ir.attachment', 'write', files.ids, picture)
        self.assertCallRefused(self.user_sales, 'ir.attachment', 'unlink', files.ids)
        self.assertCallRefused(self.user_sales, 'ir.attachment', 'write', files.ids, {'res_field': False})
        self.assertCallRefused(
            self.user_sales, 'ir.attachment', 'create', [{'name': 'signature', **picture, **place}])
        own = self.call(self.user_sales, 'ir.attachment', 'create', [{'name': 'signature', **picture}])
        self.assertCallRefused(self.user_sales, 'ir.attachment', 'write', own, place)
        own = self.call(self.user_sales, 'ir.attachment', 'create', [{
            'name': 'signature', **picture, 'res_model': 'sale.order', 'res_id': unsigned.id}])
        self.assertCallRefused(self.user_sales, 'ir.attachment', 'write', own, {'res_field': 'signature'})
        self.assertFalse(unsigned.signature)
        self.assertTrue(signed.signature)

    def test_taken_away_by_setting_back_only(self):
        order = self._sign(self._new_sent_order())
        for values in ({'signature': False}, {'signed_by': False}, {'signed_on': False, 'state': 'sent'}):
            with self.subTest(values=values):
                self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, values)
        self.assertTrue(order.signature)
        self.call(self.user_sales, 'sale.order', 'action_draft', order.ids)
        self.assertRecordValues(order, [{'state': 'draft', 'signature': False, 'signed_by': False}])

    def test_customer_page(self):
        order = self._new_sent_order()
        result = self.make_jsonrpc_request(order.get_portal_url(suffix='/accept'), {
            'name': "Ann Customer", 'signature': SIGNATURE})
        self.assertNotIn('error', result)
        self.env.invalidate_all()
        self.assertEqual(order.signed_by, "Ann Customer")
        self.assertTrue(order.customer_waits)
        self._approve(order)
        self.assertEqual(order.state, 'sale')
        # Nobody takes it away from a confirmed order.
        for values in ({'signature': False}, {'signature': False, 'state': 'draft'}):
            self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, values)
        self.assertTrue(order.signature)
