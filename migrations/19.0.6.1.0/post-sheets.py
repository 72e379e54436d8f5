from lxml import etree
from openupgradelib import openupgrade

from odoo.tools import file_path

DATA = 'sale_order_lifecycle/data/channels/order_channel_sheet_data.xml'
# What these sheets have had before; who has taken some of it away does not get it back.
SHOP = ('cancelled', 'refunded', 'failed', 'pending', 'pending payment', 'trash', 'draft')
MAGENTO = (
    'canceled', 'cancelled', 'closed', 'pending_payment', 'pending payment', 'payment_review', 'fraud',
    'suspected fraud')
RELEASED = {
    'order_channel_sheet_woocommerce_advanced': SHOP,
    'order_channel_sheet_woocommerce_analytics': SHOP,
    'order_channel_sheet_magento': MAGENTO,
    'order_channel_sheet_magento_grid': MAGENTO,
    'order_channel_sheet_pinduoduo': ('已取消', '待付款', '待支付', '已退款', '退款成功', '已关闭'),
}


@openupgrade.migrate()
def migrate(env, version):
    # The known sheets are the company's own data; statuses that are no orders either are added to them.
    records = etree.parse(file_path(DATA)).getroot().iter('record')
    texts = {record.get('id'): record.findtext("field[@name='statuses']") or '' for record in records}
    for name, released in RELEASED.items():
        if not (sheet := env.ref(f'sale_order_lifecycle.{name}', raise_if_not_found=False)):
            continue
        known = (sheet.statuses or '').splitlines()
        added = [line for line in texts[name].splitlines() if line not in released and line not in known]
        if added:
            sheet.statuses = '\n'.join(known + added)
