from datetime import date, datetime, timedelta, timezone

from odoo.tests import BaseCase, tagged

from odoo.addons.sale_order_lifecycle.models.channels import order_payload

NOW = datetime(2025, 6, 15, 12)


def payload(**values):
    return {
        'reference': 'A-1',
        'customer': {'name': "Blue Harbour", 'email': 'orders@example.com'},
        'lines': [{'sku': 'CHAIR', 'quantity': 2}],
        **values,
    }


@tagged('post_install', '-at_install')
class TestOrderPayload(BaseCase):
    """The reading of payloads, which knows neither database nor models."""

    def read(self, sent):
        order, problems = order_payload.read_order(sent, NOW)
        return order, [(problem.code, problem.field) for problem in problems]

    def assertRefused(self, sent, *expected):
        self.assertEqual(self.read(sent)[1], list(expected))

    def test_complete_order(self):
        order, problems = self.read(payload(
            reference=' A-1 ', received_at='2025-06-15T13:59:59+02:00', promised_date='2025-07-01',
            currency='eur', payment_term="30 Days", salesperson='anna', note="Ring twice",
            delivery_address={'street': "2 Quay", 'country': 'de'},
            lines=[{'sku': 'CHAIR', 'quantity': 2, 'unit_price': 9.5, 'discount': 15, 'name': "Chair, red"}],
        ))
        self.assertEqual(problems, [])
        self.assertEqual(order['reference'], 'A-1')
        self.assertEqual(order['received_at'], datetime(2025, 6, 15, 11, 59, 59))
        self.assertEqual(order['promised_date'], date(2025, 7, 1))
        self.assertEqual(order['currency'], 'EUR')
        self.assertEqual(order['delivery_address']['country'], 'DE')
        self.assertEqual(order['lines'], [
            {'sku': 'CHAIR', 'name': "Chair, red", 'quantity': 2.0, 'unit_price': 9.5, 'discount': 15.0}])

    def test_moments(self):
        for value in (
            '2025-06-15 10:00:00', '2025-06-15T10:00:00', '2025-06-15T10:00:00Z', '2025-06-15T12:00:00+02:00',
            '2025-06-15T10:00:00.999', datetime(2025, 6, 15, 10), datetime(2025, 6, 15, 10, tzinfo=timezone.utc),
        ):
            with self.subTest(value=value):
                self.assertEqual(self.read(payload(received_at=value))[0]['received_at'], datetime(2025, 6, 15, 10))

    def test_not_in_the_future(self):
        self.assertRefused(payload(received_at=NOW + timedelta(seconds=1)), ('invalid_value', 'received_at'))
        self.assertRefused(payload(received_at=NOW.isoformat()))
        # The same moment in another time zone is not the future.
        self.assertRefused(payload(received_at='2025-06-15T20:00:00+08:00'))

    def test_wrong_times(self):
        for value in ('', 'yesterday', '2025-13-01', '0001-01-01T00:00:00+23:00', '1066-10-14', 7, True, [], {}):
            with self.subTest(value=value):
                self.assertRefused(payload(received_at=value), ('invalid_value', 'received_at'))
                self.assertRefused(payload(promised_date=value), ('invalid_value', 'promised_date'))
        self.assertRefused(payload(promised_date='2025-07-01T10:00:00'), ('invalid_value', 'promised_date'))

    def test_not_an_order(self):
        for sent in (None, False, 5, 'A-1', [], [payload()], float('nan')):
            with self.subTest(sent=sent):
                self.assertRefused(sent, ('invalid_value', ''))

    def test_missing_fields(self):
        self.assertRefused(
            {}, ('missing_field', 'reference'), ('missing_field', 'customer'), ('missing_field', 'lines'))
        self.assertRefused(payload(reference=None), ('missing_field', 'reference'))
        self.assertRefused(payload(reference='  '), ('missing_field', 'reference'))
        self.assertRefused(payload(customer={}), ('missing_field', 'customer.name'))
        self.assertRefused(payload(lines=[]), ('missing_field', 'lines'))
        self.assertRefused(
            payload(lines=[{}]), ('missing_field', 'lines[0].sku'), ('missing_field', 'lines[0].quantity'))

    def test_wrong_types(self):
        self.assertRefused(payload(reference=17), ('invalid_value', 'reference'))
        self.assertRefused(payload(customer=['Blue Harbour']), ('invalid_value', 'customer'))
        self.assertRefused(payload(customer={'name': {}}), ('invalid_value', 'customer.name'))
        self.assertRefused(payload(delivery_address='2 Quay'), ('invalid_value', 'delivery_address'))
        self.assertRefused(payload(lines={'sku': 'CHAIR'}), ('invalid_value', 'lines'))
        self.assertRefused(payload(lines=['CHAIR', None]),
                           ('invalid_value', 'lines[0]'), ('invalid_value', 'lines[1]'))
        self.assertRefused(payload(note=b'bytes'), ('invalid_value', 'note'))
        self.assertRefused(payload(currency='EURO'), ('invalid_value', 'currency'))
        self.assertRefused(payload(customer={'name': "X", 'country': 'Germany'}), ('invalid_value', 'customer.country'))
        self.assertRefused(payload(customer={'name': "X", 'email': 'no address'}), ('invalid_value', 'customer.email'))

    def test_unknown_keys(self):
        self.assertRefused(payload(state='sale'), ('invalid_value', 'state'))
        self.assertRefused(
            payload(customer={'name': "X", 'credit_limit': 5}), ('invalid_value', 'customer.credit_limit'))
        self.assertRefused(
            payload(lines=[{'sku': 'CHAIR', 'quantity': 1, 'price': 3}]), ('invalid_value', 'lines[0].price'))
        self.assertRefused(payload(**{'\x00': 1}), ('invalid_value', '\N{REPLACEMENT CHARACTER}'))
        self.assertRefused({**payload(), 5: 6}, ('invalid_value', '5'))

    def test_unknown_keys_without_end(self):
        refused = order_payload.read_order({str(number): 1 for number in range(100000)}, NOW)[1]
        self.assertEqual(len(refused), order_payload.MAX_UNKNOWN_KEYS + 3)

    def test_wrong_numbers(self):
        for key, values in {
            'quantity': (0, -1, 10 ** 400, 1e300, float('nan'), float('inf'), '3', True, [1]),
            'unit_price': (-0.01, 10 ** 400, float('nan'), float('-inf'), '3', False, {}),
            'discount': (-1, 100.5, float('nan'), '10'),
        }.items():
            for value in values:
                with self.subTest(key=key, value=str(value)[:20]):
                    line = {'sku': 'CHAIR', 'quantity': 1, key: value}
                    self.assertRefused(payload(lines=[line]), ('invalid_value', f'lines[0].{key}'))
        self.assertRefused(payload(lines=[{'sku': 'CHAIR', 'quantity': 0.5, 'unit_price': 0, 'discount': 100}]))

    def test_text_that_cannot_be_stored(self):
        for text in ('A\x00', 'A\ud800', 'A\x1b[0m', 'A' * 300):
            with self.subTest(text=text[:3]):
                self.assertRefused(payload(reference=text), ('invalid_value', 'reference'))
        self.assertRefused(payload(reference='订单-1 🚚', note="two\nlines"))

    def test_too_many_lines(self):
        line = {'sku': 'CHAIR', 'quantity': 1}
        self.assertRefused(payload(lines=[line] * 1000))
        self.assertRefused(payload(lines=[line] * 1001), ('too_large', 'lines'))

    def test_equal_content(self):
        def content(**values):
            return order_payload.to_canonical(self.read(payload(**values))[0])

        first = content(received_at='2025-06-15T10:00:00Z', lines=[{'sku': 'CHAIR', 'quantity': 2, 'unit_price': 5}])
        same = content(received_at='2025-06-15 12:00:00+02:00', note=' ', currency=None, delivery_address={},
                       lines=[{'unit_price': 5.0, 'quantity': 2.0, 'sku': ' CHAIR'}])
        self.assertEqual(order_payload.list_differences(first, same), [])

    def test_differences(self):
        def content(**values):
            return order_payload.to_canonical(self.read(payload(**values))[0])

        first = content()
        for values, fields in (
            ({'note': "x"}, ['note']),
            ({'customer': {'name': "Blue Harbour", 'email': 'new@example.com'}}, ['customer.email']),
            ({'customer': {'name': "Blue Harbour"}}, ['customer.email']),
            ({'delivery_address': {'city': "Bath"}}, ['delivery_address']),
            ({'lines': [{'sku': 'DESK', 'quantity': 3}]}, ['lines[0].sku', 'lines[0].quantity']),
            ({'lines': [{'sku': 'CHAIR', 'quantity': 2}] * 2}, ['lines']),
        ):
            with self.subTest(values=values):
                found = order_payload.list_differences(first, content(**values))
                self.assertEqual([path for path, _before, _now in found], fields)
        self.assertEqual(
            order_payload.list_differences(first, content(lines=[{'sku': 'CHAIR', 'quantity': 3}])),
            [('lines[0].quantity', 2.0, 3.0)])

    def test_to_json(self):
        deep = []
        for _index in range(2000):
            deep = [deep]
        kept = order_payload.to_json({
            'nan': float('nan'), 'huge': 10 ** 5000, 'when': datetime(2025, 1, 2, 3), 'bytes': b'\x00',
            'text': 'a\x00\ud800', 5: (1, {2}), 'deep': deep, 'none': None,
        })
        self.assertEqual(kept['nan'], 'nan')
        self.assertEqual(kept['when'], '2025-01-02T03:00:00')
        self.assertEqual(kept['text'], 'a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}')
        self.assertEqual(kept['5'], [1, [2]])
        self.assertIn('bits', kept['huge'])
        self.assertIsNone(kept['none'])
        self.assertLess(len(str(kept['deep'])), 100)
