"""An order of the web shop is registered at checkout, under the channel of its website (article I1)."""
from odoo.tests import tagged

from .common import OPTIONAL, ShopCommon


@tagged(*OPTIONAL)
class TestShopChannel(ShopCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel_web = cls.env['order.channel'].search([
            ('company_id', '=', cls.company.id), ('kind', '=', 'web')], limit=1)

    def test_paid(self):
        order = self._buy()
        self.assertRecordValues(order, [{'channel_id': self.channel_web.id, 'lifecycle_phase': 'review'}])
        self.assertTrue(order.received_at)

    def test_payment_to_come(self):
        """A bank transfer comes in days later: the order is in the ledger from the checkout on."""
        order = self._buy(state='pending')
        self.assertRecordValues(order, [{
            'channel_id': self.channel_web.id, 'state': 'sent', 'lifecycle_phase': 'intake',
            'customer_accepted_at': False}])

    def test_channel_of_the_website(self):
        second = self.env['order.channel'].create({
            'name': "Second Shop", 'code': self.website.name, 'kind': 'web', 'company_id': self.company.id})
        self.assertEqual(self._buy().channel_id, second)

    def test_channel_of_the_domain(self):
        second = self.env['order.channel'].create({
            'name': "Second Shop", 'code': 'lamps.example.com', 'kind': 'web', 'company_id': self.company.id})
        cart = self._put_into_cart()
        self.assertEqual(cart._get_shop_channel(), self.channel_web)
        self.website.domain = 'https://lamps.example.com'
        self.assertEqual(cart._get_shop_channel(), second)

    def test_no_web_channel(self):
        self.channel_web.active = False
        self.assertEqual(self._buy().channel_id, self.channel)
