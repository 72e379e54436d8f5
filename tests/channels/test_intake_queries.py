import itertools

from odoo.tests import tagged

from .test_submit_orders import SubmitCommon


@tagged('post_install', '-at_install')
class TestIntakeQueries(SubmitCommon):
    """What the addon adds to core's queries does not grow with the number of orders."""

    def test_register(self):
        # One query may be that of a cache which the tests before have left empty; nineteen would be one an order.
        self.assertSameQueries(
            lambda number: self._new_order(number).with_user(self.user_sales), lambda orders: orders.action_register(),
            more=1)

    def _create_like_core(self, number, prefix):
        """What core does for the same orders: create them, with the same values."""
        self.env['sale.order'].with_user(self.user_api).sudo().with_context(mail_create_nosubscribe=True).create([{
            'partner_id': self.partner.id,
            'channel_id': self.shop.id,
            'team_id': self.team.id,
            'channel_reference': f'{prefix}-{index}',
            'payment_term_id': self.payment_term.id,
            'order_line': [(0, 0, {
                'product_id': self.product_stock.id, 'product_uom_qty': 2, 'price_unit': 9.5, 'discount': 0})],
        } for index in range(number)])

    def test_submit_orders(self):
        steps = itertools.count()
        self.policy.duplicate_days = 3

        def get_added(number):
            step = next(steps)
            # Received one after the other, as the orders of a shop are.
            payloads = [
                self._payload(
                    f'own{step}-{index}', payment_term="Test 30 Days", received_at=f'2025-01-02T10:{index:02}:00+00:00')
                for index in range(number)]
            core = self._count_queries(self._create_like_core, number, f'core{step}')
            own = self._count_queries(self._submit_orders, *payloads) - core
            self.assertEqual(len(set(self.env['sale.order'].search([
                ('channel_reference', 'like', f'own{step}-')]).mapped('received_at'))), number)
            return own

        self.assertSameCounts(get_added)

    def test_submit_duplicates_and_refusals(self):
        known = [self._payload(f'K-{index}') for index in range(20)]
        self._submit_orders(*known)
        unknown = [self._payload(f'U-{index}', lines=[{'sku': 'NONE', 'quantity': 1}]) for index in range(20)]
        for payloads in (known, unknown):
            self.assertSameQueries(lambda number: payloads[:number], lambda sent: self._submit_orders(*sent))
