"""What is refused is kept within a quota, and whoever passes it is told."""
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.sale_order_lifecycle.models.channels import order_channel_refusal

from .test_order_import import ImportCommon
from .test_order_mail import MailCommon


class QuotaCase:

    def _limit(self, name, value):
        self.env['ir.config_parameter'].sudo().set_param(f'sale_order_lifecycle.{name}', value)

    def _get_refusals(self, channel):
        return self.env['order.channel.refusal'].search([('channel_id', '=', channel.id)], order='id')


@tagged('post_install', '-at_install')
class TestRefusalQuota(QuotaCase, ImportCommon, HttpCase):

    def test_over_rpc(self):
        self._limit('max_refusals', 3)
        self.env.flush_all()
        key = self.env['res.users.apikeys'].with_user(self.user_api).sudo()._generate(
            'rpc', 'test', fields.Datetime.now() + timedelta(days=1))
        self.env.flush_all()

        def submit(*references):
            orders = [
                self._payload(reference, **({'lines': []} if reference[0] == 'B' else {})) for reference in references]
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.user_api.id, key, 'order.channel', 'submit_orders', ['shop', orders])

        first = submit('B-1', 'B-2')
        self.assertEqual([len(result['errors']) for result in first], [1, 1])
        second = submit('B-3', 'B-4', 'A-1')
        self.assertEqual([len(result['errors']) for result in second], [1, 2, 0])
        self.assertEqual(second[1]['errors'][1]['code'], 'too_large')
        self.assertEqual(
            second[1]['errors'][1]['message'], "Too many submissions were refused within a day (3 orders or 100 MB), "
            "so this one is not stored: correct the data and send it again.")
        # What is in order is taken in all the same.
        self.assertEqual(second[2]['status'], 'created')
        third = submit(*(f'B-{number}' for number in range(5, 50)))
        self.assertEqual({len(result['errors']) for result in third}, {2})
        submit('B-50')
        self.env.invalidate_all()
        refusals = self._get_refusals(self.shop)
        self.assertEqual(sorted(map(str, refusals.mapped('reference'))), ['B-1', 'B-2', 'B-3', 'False'])
        self.assertIn("not stored", refusals.filtered(lambda refusal: not refusal.reference).error_summary)
        # A day later there is room again.
        self.env.cr.execute(
            "UPDATE order_channel_refusal SET received_at = received_at - interval '25 hours' WHERE id = ANY(%s)",
            [refusals.ids])
        self.env.invalidate_all()
        self.assertEqual(len(submit('B-51')[0]['errors']), 1)
        self.env.invalidate_all()
        self.assertEqual(self._get_refusals(self.shop)[-1].reference, 'B-51')

    def test_size(self):
        self._limit('max_refused_megabytes', 1)
        with patch.object(order_channel_refusal, 'MAX_REFUSALS', 10 ** 6):
            # Random text, for the database packs what repeats itself.
            noise = ''.join(chr(0x4e00 + (number * number * 7919) % 20000) for number in range(95_000))
            for number in range(4):
                self._submit_one(reference=f'B-{number}', note=noise * 1, lines=[{'sku': noise}] * 4)
            result = self._submit_one(reference='B-9', lines=[])
        self.assertEqual(result['errors'][-1]['code'], 'too_large')
        self.assertFalse(self._get_refusals(self.shop).filtered(lambda refusal: refusal.reference == 'B-9'))

    def test_calls_that_are_too_large(self):
        self._limit('max_refusals', 2)
        self._limit('max_orders', 1)
        results = [self._submit_orders(self._payload('A'), self._payload('B')) for _number in range(5)]
        self.assertEqual([len(result[0]['errors']) for result in results], [1, 1, 2, 2, 2])
        self.assertEqual(len(self._get_refusals(self.shop)), 3)
        # So many orders are answered; more would be an answer that is larger than the question.
        self.assertEqual(len(self._submit_orders(*[{}] * 1000)), 10)
        self.assertEqual(len(self.env['order.channel'].with_user(self.user_api).order_status('shop', ['x'] * 1000)), 10)

    def test_channels_and_people_have_their_own(self):
        self._limit('max_refusals', 1)
        other = self.env['order.channel'].create({'name': "Other", 'code': 'other_shop', 'kind': 'web'})
        for user, code in ((self.user_api, 'shop'), (self.user_sales, 'shop'), (self.user_api, other.code),
                           (self.user_api, 'nowhere')):
            results = [self._submit_orders({'reference': "B"}, user=user, code=code)[0] for _number in range(2)]
            self.assertEqual(
                [sum('not stored' in error['message'] for error in result['errors']) for result in results], [0, 1])

    def test_files_keep_their_rows(self):
        self._limit('max_refusals', 1)
        order_import = self._upload(self._csv(*(
            [*row[:3], "NOTHING", *row[4:]] for row in self._rows(5))))
        order_import.action_import()
        self.assertEqual(self._statuses(order_import), ['rejected'] * 5)
        self.assertFalse(any("not stored" in row.message for row in order_import.row_ids))
        # one, and one that says that there are more
        self.assertEqual(len(self._get_refusals(self.shop)), 2)

    def test_counting_is_one_query(self):
        channel = self.shop.sudo()
        Refusal = self.env['order.channel.refusal']
        self._submit_orders(*[{'reference': f'B-{number}'} for number in range(20)])
        arguments = (channel, channel.company_id, self.user_api)
        Refusal._claim_room(*arguments)
        self.env.flush_all()
        with self.assertQueryCount(1):
            room, _notice = Refusal._claim_room(*arguments)
        self.assertEqual(room, order_channel_refusal.MAX_REFUSALS - 20)


@tagged('post_install', '-at_install')
class TestMailQuota(QuotaCase, MailCommon):

    def test_mails_of_programs(self):
        self._limit('max_refusals', 2)
        for _number in range(5):
            self._receive(self._new_mail(Auto_Submitted='auto-replied'))
        refusals = self._get_refusals(self.mailbox)
        self.assertEqual([refusal.errors[0]['code'] for refusal in refusals], ['automatic_mail'] * 2 + ['too_large'])
        # Customers are let in as ever.
        self.assertTrue(self._receive(self._new_mail()))

    def test_files_of_mails(self):
        self._limit('max_refused_megabytes', 1)
        for _number in range(4):
            mail = self._new_mail(Auto_Submitted='auto-replied')
            mail.add_attachment(
                b'%PDF' + b'x' * 700_000, maintype='application', subtype='pdf', filename='f' * 400 + '.pdf')
            self._receive(mail)
        refusals = self._get_refusals(self.mailbox)
        self.assertEqual(len(refusals.filtered('payload')), 2)
        self.assertEqual(len(refusals.attachment_ids - refusals.original_id), 2)
        self.assertLessEqual(max(len(name) for name in refusals.attachment_ids.mapped('name')), 255)
