from odoo.tests import tagged

from .test_submit_orders import SubmitCommon


@tagged('post_install', '-at_install')
class TestIntakeQueries(SubmitCommon):
    """What the addon adds to core's queries does not grow with the number of orders."""

    def _count(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - start

    def test_register(self):
        counts = []
        for number in (1, 1, 20):
            orders = self._new_order(number).with_user(self.user_sales)
            counts.append(self._count(orders.action_register))
        # The first one warms the caches.
        self.assertEqual(counts[1], counts[2])

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
        added = []
        for step, number in enumerate((1, 1, 20)):
            core = self._count(lambda number=number, step=step: self._create_like_core(number, f'core{step}'))
            payloads = [
                self._payload(f'own{step}-{index}', payment_term="Test 30 Days") for index in range(number)]
            own = self._count(lambda payloads=payloads: self._submit_orders(*payloads))
            added.append(own - core)
        self.assertEqual(added[1], added[2])

    def test_submit_duplicates_and_refusals(self):
        known = [self._payload(f'K-{index}') for index in range(20)]
        self._submit_orders(*known)
        unknown = [self._payload(f'U-{index}', lines=[{'sku': 'NONE', 'quantity': 1}]) for index in range(20)]
        for payloads in (known, unknown):
            counts = [
                self._count(lambda payloads=payloads, number=number: self._submit_orders(*payloads[:number]))
                for number in (1, 1, 20)
            ]
            self.assertEqual(counts[1], counts[2])
