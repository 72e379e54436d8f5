from datetime import date
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestChannelTours(LifecycleCommon, HttpCase):

    def test_import(self):
        """A salesperson imports a file with errors (article I2)."""
        customer = self.env['res.partner'].create({'name': "Tour Customer", 'ref': 'TOUR'})
        self._new_product("Tour Lantern", type='service', default_code='LANTERN')
        self.start_tour('/odoo/order-imports', 'order_import', login=self.user_sales.login)
        order = self.env['sale.order'].search([('partner_id', '=', customer.id)])
        self.assertRecordValues(order, [{
            'channel_reference': 'T-1', 'registered_by_id': self.user_sales.id, 'promised_date': date(2040, 12, 31)}])
        self.assertEqual(order.order_line.mapped('price_unit'), [9.5, 100])
        self.assertEqual(
            sorted(self.env['order.channel.refusal'].search([('channel_id', '=', order.channel_id.id)]).mapped(
                'reference')), ['T-2', 'T-3'])
        # The next file of the channel has its columns recognised.
        self.assertIn(
            ("Price each", 'lines.unit_price'),
            order.channel_id.column_ids.mapped(lambda column: (column.name, column.field)))

    def test_import_questions(self):
        """A salesperson answers what a file leaves open, before any customer is made (article I2)."""
        self._new_product("Tour Lantern", type='service', default_code='LANTERN')
        channel = self.env['order.channel'].search([('company_id', '=', self.company.id), ('code', '=', 'platform')])
        self.env['order.import'].with_user(self.user_sales)._create_from_file(
            channel, "questions.csv", "Order No;Customer;SKU;Qty\nQ-1;王小明;LANTERN;1.250\n".encode('gb18030'))
        self.start_tour('/odoo/order-imports', 'order_import_questions', login=self.user_sales.login)
        order = self.env['sale.order'].search([('channel_reference', '=', 'Q-1')])
        self.assertEqual((order.partner_id.name, order.order_line.product_uom_qty), ("王小明", 1250))

    def test_import_progress(self):
        """The form of a running import follows it without a click (article I2)."""
        self.env['res.partner'].create({'name': "Tour Customer", 'ref': 'TOUR'})
        self._new_product("Tour Lantern", type='service', default_code='LANTERN')
        channel = self.env['order.channel'].search([('company_id', '=', self.company.id), ('code', '=', 'platform')])
        rows = '\n'.join(f'P-{number},Tour Customer,TOUR,LANTERN,1' for number in range(4))
        with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 1):
            order_import = self.env['order.import'].with_user(self.user_sales)._create_from_file(
                channel, "progress.csv", f'Order No,Customer,Customer No,SKU,Qty\n{rows}'.encode())
            order_import.action_import()
            self.assertEqual(order_import.progress, 25)
            reads = []
            web_read = self.env.registry['order.import'].web_read

            def import_and_read(imports, specification):
                # As the scheduled action would, between two looks at the form; the first one finds it as it is.
                reads.append(imports)
                if len(reads) > 1 and imports.state == 'running':
                    imports.sudo()._import_chunk()
                return web_read(imports, specification)

            with patch.object(self.env.registry['order.import'], 'web_read', import_and_read):
                self.start_tour('/odoo/order-imports', 'order_import_progress', login=self.user_sales.login)
        self.assertEqual((order_import.state, order_import.created_count), ('done', 4))
        self.assertGreater(len(reads), 3)
