"""Without a web shop in the database nothing of it is there, and quotations arrive on the default channel."""
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestWithoutShop(LifecycleCommon):

    def test_quotation_on_the_portal(self):
        self.company.order_channel_id = self.channel
        order = self._new_order(channel_id=False)
        self.assertFalse(order._get_shop_channel())
        self.assertEqual(order._get_registration_channel(), self.channel)

    def test_sent_by_sales(self):
        """A quotation that sales sends is a quotation and in no ledger."""
        order = self._new_order()
        order.with_user(self.user_sales).action_quotation_sent()
        self.assertRecordValues(order, [{'state': 'sent', 'received_at': False}])
