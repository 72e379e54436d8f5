import csv
import io
from datetime import date, datetime
from unittest.mock import patch

import xlsxwriter

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_order_file import workbook
from .test_order_import import ImportCommon

CHANNELS = 'odoo.addons.sale_order_lifecycle.models.channels'


@tagged('post_install', '-at_install')
class TestOrderChannelSheet(ImportCommon):
    """Exports of platforms, each with the headings and the habits of the platform, through the upload."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls._new_product("Desk", default_code='DESK', list_price=50)
        cls.currency = cls.company.currency_id.name

    def _split(self, header):
        return header.split(',') if isinstance(header, str) else header

    def _table(self, header, *rows, delimiter=',', encoding='utf-8'):
        """
        :param header: the headings, as a list or a text with commas
        :param rows: each a dict heading → text, or a list of cells
        :return: bytes of a file
        """
        header = self._split(header)
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter)
        writer.writerow(header)
        for row in rows:
            writer.writerow([row.get(name, '') for name in header] if isinstance(row, dict) else row)
        return text.getvalue().encode(encoding)

    def _import(self, content, sheet, statuses, name="export.csv"):
        """Upload, check and import a file; what the check says is what becomes of it.

        :param sheet: end of the XML id of the sheet as which it is recognised
        :param statuses: of the rows after the import
        """
        order_import = self._upload(content, name)
        self.assertEqual(order_import.sheet_id, self.env.ref(f'sale_order_lifecycle.order_channel_sheet_{sheet}'))
        order_import.action_check()
        checked = [{'created': 'valid'}.get(status, status) for status in statuses]
        self.assertEqual(self._statuses(order_import), checked, order_import.row_ids.mapped('message'))
        if 'created' in statuses:
            order_import.action_import()
            self.assertEqual(self._statuses(order_import), statuses, order_import.row_ids.mapped('message'))
        return order_import

    def assertOrder(self, order, reference, customer, lines, shipped=None, note=(), **values):
        """
        :param customer: dict of fields of the partner
        :param lines: list of tuples (internal reference, quantity, price, discount)
        :param shipped: dict of fields of the delivery address, where it is another one
        :param note: texts that the note has in it
        """
        self.assertEqual(order.channel_reference, reference)
        self.assertRecordValues(order.partner_id, [customer])
        self.assertEqual(order.order_line.mapped(lambda line: (
            line.product_id.default_code, line.product_uom_qty, line.price_unit, line.discount)), lines)
        if shipped:
            self.assertEqual(order.partner_shipping_id.parent_id, order.partner_id)
            self.assertRecordValues(order.partner_shipping_id, [shipped])
        else:
            self.assertEqual(order.partner_shipping_id, order.partner_id)
        for text in note:
            self.assertIn(text, order.note)
        if not note:
            self.assertFalse(order.note)
        self.assertRecordValues(order, [values])

    # -- Shopify, WooCommerce, Amazon, Magento ------------------------------------------------------

    SHOPIFY = (
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,"
        "Total,"
        "Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
        "Lineitem compare at price,Lineitem sku,Lineitem discount,Billing Name,Billing Street,Billing Address1,"
        "Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,"
        "Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
        "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,"
        "Refunded Amount,Vendor,Id,Tags,Source")

    def _shopify_row(self, name, **values):
        return {
            'Name': name, 'Email': "li@example.com", 'Financial Status': "paid", 'Currency': self.currency,
            'Created at': "2024-05-01 10:11:12 +0800", 'Billing Name': "Li Zhou", 'Billing Address1': "1 Main St",
            'Billing Address2': "Apt 4", 'Billing Street': "1 Main St, Apt 4", 'Billing City': "Austin",
            'Billing Zip': "'78701", 'Billing Province': "TX", 'Billing Country': "US", 'Lineitem quantity': "1",
            'Lineitem name': "Chair", 'Lineitem price': "10.00", 'Lineitem sku': "CHAIR", 'Lineitem discount': "0.00",
            **values}

    def test_numbers_with_two_meanings(self):
        """The platform writes a decimal point, so nothing is asked; a column with a decimal comma is right, too."""
        for price, unit_price in (("1.250", 1.25), ("1250,50", 1250.5)):
            with self.subTest(price=price):
                order_import = self._import(
                    self._table(self.SHOPIFY, self._shopify_row(f"#{price}", **{'Lineitem price': price})),
                    'shopify', ['created'])
                self.assertFalse(order_import.questions)
                self.assertEqual(order_import.row_ids.order_id.order_line.price_unit, unit_price)

    def test_shopify(self):
        """Only the first row has what is of the order; a coupon comes even, shipping costs are noted."""
        order_import = self._import(self._table(
            self.SHOPIFY,
            self._shopify_row("#1001", **{
                'Shipping': "5.00", 'Taxes': "0.00", 'Subtotal': "27.00", 'Total': "32.00", 'Discount Code': "TENOFF",
                'Discount Amount': "3.00", 'Lineitem quantity': "2", 'Notes': "Ring twice", 'Shipping Name': "Wang Wu",
                'Shipping Address1': "9 Elm St", 'Shipping City': "Dallas", 'Shipping Zip': "'01234",
                'Shipping Province': "TX", 'Shipping Country': "US", 'Shipping Phone': "'+12145550100"}),
            {'Name': "#1001", 'Email': "li@example.com", 'Lineitem quantity': "1", 'Lineitem name': "Desk",
             'Lineitem price': "10.00", 'Lineitem sku': "DESK", 'Lineitem discount': "0.00"},
            self._shopify_row("#1002", **{'Cancelled at': "2024-05-02 08:00:00 +0800"}),
            self._shopify_row("#1003", **{'Financial Status': "refunded"}),
            self._shopify_row("#1004", **{
                'Financial Status': "partially_refunded", 'Refunded Amount': "2.50", 'Total': "99.00"}),
        ), 'shopify', ['created', 'created', 'skipped', 'skipped', 'created'])
        self.assertOrder(
            order_import.row_ids[0].order_id, "#1001",
            {'name': "Li Zhou", 'email': "li@example.com", 'street': "1 Main St, Apt 4", 'city': "Austin, TX",
             'zip': "78701", 'country_code': 'US'},
            [('CHAIR', 2, 10, 10), ('DESK', 1, 10, 10)],
            shipped={'name': "Wang Wu", 'street': "9 Elm St", 'city': "Dallas, TX", 'zip': "01234",
                     'phone': "+12145550100"},
            note=("Ring twice", "Shipping: 5", "Discount Code: TENOFF"), amount_untaxed=27,
            received_at=datetime(2024, 5, 1, 2, 11, 12))
        messages = order_import.row_ids.mapped('message')
        self.assertIn("The discount of 3 is spread over the lines: 10 %.", messages[0])
        self.assertIn("“Shipping”, 5, is in no line", messages[0])
        self.assertFalse(messages[1])
        self.assertEqual(
            messages[2], "The order was cancelled on the platform (2024-05-02 08:00:00 +0800): it is not imported.")
        self.assertEqual(messages[3], "The status on the platform is “refunded”: this is not imported.")
        self.assertIn("2.50 has been refunded", messages[4])
        self.assertIn(
            "The total of the platform is 99, and lines, shipping costs and discounts come to 10.", messages[4])
        self.assertEqual((order_import.skipped_count, order_import.failed_count, order_import.progress), (2, 0, 100))
        # What was no order is neither refused nor kept as such.
        self.assertFalse(self.env['order.channel.refusal'].search([('reference', '=like', '#100%')]))
        # Once more nothing is new; one that was cancelled since is told.
        again = self._import(self._table(
            self.SHOPIFY, self._shopify_row("#1004", **{'Cancelled at': "2024-05-09 08:00:00 +0800"})),
            'shopify', ['skipped'])
        order = order_import.row_ids[4].order_id
        self.assertEqual(again.row_ids.order_id, order)
        self.assertIn(f"{order.name} was imported before: cancel it manually.", again.row_ids.message)

    def test_shopify_shipping_product(self):
        """With a product for them shipping costs are a line, and the lines come to the total."""
        self.product_service.default_code = 'FREIGHT'
        self.env.ref('sale_order_lifecycle.order_channel_sheet_shopify').shipping_product_id = self.product_service
        order_import = self._import(self._table(
            self.SHOPIFY, self._shopify_row("#1005", Shipping="5.50", Total="15.50")), 'shopify', ['created'])
        order = order_import.row_ids.order_id
        self.assertEqual(order.order_line.mapped(lambda line: (line.product_id.default_code, line.price_subtotal)), [
            ('CHAIR', 10), ('FREIGHT', 5.5)])
        self.assertEqual((order.amount_untaxed, order.note, order_import.row_ids.message), (15.5, False, False))

    def test_shopify_discount_of_a_line(self):
        """The discount of the order has that of its lines in it; what does not come even is taken off the price."""
        order_import = self._import(self._table(
            self.SHOPIFY, self._shopify_row("#1006", **{
                'Lineitem quantity': "2", 'Lineitem discount': "3.33", 'Discount Amount': "3.33", 'Total': "16.67"}),
        ), 'shopify', ['created'])
        order = order_import.row_ids.order_id
        # 3.33 of 20 is 16.65 %: 20 less 16.65 % is 16.67.
        self.assertEqual(
            (order.order_line.price_unit, order.order_line.discount, order.amount_untaxed), (10, 16.65, 16.67))

    WOOCOMMERCE = (
        "order_id,order_number,order_date,status,shipping_total,tax_total,fee_total,discount_total,order_total,"
        "refunded_total,order_currency,payment_method,customer_email,billing_first_name,billing_last_name,"
        "billing_company,billing_phone,billing_address_1,billing_address_2,billing_postcode,billing_city,billing_state,"
        "billing_country,shipping_first_name,shipping_last_name,shipping_address_1,shipping_postcode,shipping_city,"
        "shipping_country,customer_note,line_items")

    def test_woocommerce(self):
        """Several products in one cell, each with its amounts before and after its discount."""
        row = {
            'order_id': "71", 'order_number': "W-71", 'order_date': "2024-05-01 10:11:12", 'status': "processing",
            'shipping_total': "4.90", 'discount_total': "2.00", 'order_total': "31.90", 'tax_total': "0",
            'order_currency': self.currency, 'customer_email': "anna@example.de", 'billing_first_name': "Anna",
            'billing_last_name': "Braun", 'billing_address_1': "Hauptstr. 5", 'billing_postcode': "10115",
            'billing_city': "Berlin", 'billing_country': "DE", 'shipping_first_name': "Anna",
            'shipping_last_name': "Braun", 'customer_note': "",
            'line_items': r"id:1|name:Chair \| red|product_id:3|sku:CHAIR|quantity:2|subtotal:20.00|total:18.00;"
                          "id:2|name:Desk|sku:|quantity:1|subtotal:9.00|total:9.00"}
        order_import = self._import(self._table(
            self.WOOCOMMERCE, row,
            {**row, 'order_number': "W-72", 'status': "cancelled"},
            {**row, 'order_number': "W-73", 'line_items': "Chair and Desk"},
            {**row, 'order_number': "W-74", 'line_items': "name:Nothing|quantity:1|total:9.00", 'order_total': "13.90"},
        ), 'woocommerce', ['created', 'skipped', 'rejected', 'rejected'])
        order = order_import.row_ids[0].order_id
        self.assertOrder(
            order, "W-71", {'name': "Anna Braun", 'email': "anna@example.de", 'zip': "10115", 'country_code': 'DE'},
            # Without a reference the product is the only one with its name.
            [('CHAIR', 2, 10, 10), ('DESK', 1, 9, 0)], note=("shipping_total: 4.90",), amount_untaxed=27)
        self.assertEqual(order.order_line.mapped('name'), ["Chair | red", "Desk"])
        messages = order_import.row_ids.mapped('message')
        self.assertNotIn("total of the platform", messages[0])
        self.assertIn("“line_items” cannot be read", messages[2])
        self.assertIn("“line_items” is missing", messages[3])

    def test_woocommerce_in_columns(self):
        """A column for each product, amounts after the discount only: that of the order is in them already."""
        header = self.WOOCOMMERCE.replace('line_items', 'line_item_1,line_item_2')
        order_import = self._import(self._table(header, {
            'order_id': "81", 'order_number': "81", 'order_date': "2024-05-01 10:11", 'status': "completed",
            'order_total': "17.00", 'discount_total': "3.00", 'order_currency': self.currency,
            'billing_first_name': "Anna", 'billing_last_name': "Braun", 'customer_email': "anna@example.de",
            'billing_company': "Braun GmbH",
            'line_item_1': "name:Chair|product_id:3|sku:CHAIR|quantity:1|total:8.00",
            'line_item_2': "name:Desk|product_id:4|sku:DESK|quantity:1|total:9.00"}), 'woocommerce', ['created'])
        self.assertOrder(
            order_import.row_ids.order_id, "81", {'name': "Braun GmbH", 'email': "anna@example.de"},
            [('CHAIR', 1, 8, 0), ('DESK', 1, 9, 0)], note=("billing_first_name: Anna Braun",), amount_untaxed=17)
        self.assertFalse(order_import.row_ids.message)

    def test_woocommerce_advanced(self):
        """One row for each product, those after the first without the number of the order."""
        header = [
            "Order Number", "Order Status", "Order Date", "Customer Note", "First Name (Billing)",
            "Last Name (Billing)",
            "Company (Billing)", "Address 1&2 (Billing)", "City (Billing)", "State Code (Billing)",
            "Postcode (Billing)",
            "Country Code (Billing)", "Email (Billing)", "Phone (Billing)", "Cart Discount Amount",
            "Order Shipping Amount", "Order Total Amount", "SKU", "Item #", "Item Name", "Quantity", "Item Cost"]
        order_import = self._import(self._table(
            header,
            ["55", "On hold", "2024-05-01 10:11", "Leave it", "Bo", "Ek", "", "Kungsgatan 1", "Lund", "", "22350", "SE",
             "bo@example.se", "0461234567", "7.00", "0", "51.00", "CHAIR", "1", "Chair", "2", "9"],
            [""] * 17 + ["DESK", "2", "Desk", "1", "40"],
            ["56", "Refunded", "2024-05-01 10:11", "", "Bo", "Ek", *[""] * 11, "CHAIR", "1", "Chair", "2", "9"],
        ), 'woocommerce_advanced', ['created', 'created', 'skipped'])
        self.assertOrder(
            order_import.row_ids[1].order_id, "55",
            {'name': "Bo Ek", 'street': "Kungsgatan 1", 'zip': "22350", 'country_code': 'SE', 'phone': "0461234567"},
            [('CHAIR', 2, 9, 12.07), ('DESK', 1, 40, 12.07)], note=("Leave it",), amount_untaxed=51)

    def test_woocommerce_analytics(self):
        """The list of WooCommerce itself: quantities in front of names, and no prices."""
        self._new_product("Shelf, oak", default_code='SHELF', list_price=30)
        order_import = self._import(self._table(
            "Date,Order #,N. Revenue,Status,Customer,Customer type,Product(s),Items sold,Coupon(s)",
            ["2024-05-01 10:11", "91", "68.00", "Processing", "Anna Braun", "new", "2× Desk, 1× Shelf, oak", "3", ""],
            ["2024-05-01 10:11", "92", "68.00", "Refunded", "Anna Braun", "new", "1× Desk", "1", ""],
        ), 'woocommerce_analytics', ['created', 'skipped'])
        self.assertOrder(
            order_import.row_ids[0].order_id, "91", {'name': "Anna Braun"}, [('DESK', 2, 50, 0), ('SHELF', 1, 30, 0)])
        self.assertIn("that of the pricelist is taken", order_import.row_ids[0].message)
        self.assertIn("the prices of the pricelist are taken", order_import.sheet_note)

    def test_magento_fields(self):
        """The names of fields as headings."""
        header = ("increment_id,created_at,status,order_currency_code,customer_firstname,customer_lastname,"
                  "customer_email,billing_street,billing_city,billing_postcode,billing_country_id,sku,name,qty_ordered,"
                  "price,shipping_amount,grand_total")
        row = ["000000077", "2024-05-01 10:11:12", "processing", self.currency, "Ann", "Lee", "ann@example.com",
               "1 Rue X", "Bourg", "01000", "FR"]
        order_import = self._import(self._table(
            header, [*row, "CHAIR", "Chair", "2.0000", "9.5000", "5.0000", "64.0000"],
            [*row, "DESK", "Desk", "1.0000", "40.0000", "5.0000", "64.0000"],
            ["000000078", *row[1:2], "canceled", *row[3:], "DESK", "Desk", "1", "40", "0", "40"],
        ), 'magento_fields', ['created', 'created', 'skipped'])
        self.assertOrder(
            order_import.row_ids[0].order_id, "000000077", {'name': "Ann Lee", 'zip': "01000", 'country_code': 'FR'},
            [('CHAIR', 2, 9.5, 0), ('DESK', 1, 40, 0)], note=("shipping_amount: 5",), amount_untaxed=59)
        self.assertNotIn("total", order_import.row_ids[0].message)

    AMAZON = (
        "order-id,order-item-id,purchase-date,payments-date,buyer-email,buyer-name,buyer-phone-number,sku,"
        "product-name,quantity-purchased,currency,item-price,item-tax,shipping-price,shipping-tax,"
        "ship-service-level,recipient-name,ship-address-1,ship-address-2,ship-address-3,ship-city,ship-state,"
        "ship-postal-code,ship-country,ship-phone-number,item-promotion-discount,ship-promotion-discount,"
        "gift-wrap-price")

    def test_amazon(self):
        """A text with tabs; prices are those of all pieces, promotions and shipping are of the rows."""
        row = {
            'order-id': "058-3563777-5518068", 'purchase-date': "2024-05-01T10:11:12+00:00",
            'buyer-email': "q1w2@marketplace.amazon.com", 'buyer-name': "Joe Smith", 'currency': self.currency,
            'recipient-name': "Joe Smith", 'ship-address-1': "1 Elm St", 'ship-address-2': "Floor 2",
            'ship-city': "Austin", 'ship-state': "TX", 'ship-postal-code': "00501", 'ship-country': "US"}
        order_import = self._import(self._table(
            self.AMAZON,
            {**row, 'sku': "CHAIR", 'product-name': '19" rack', 'quantity-purchased': "3", 'item-price': "28.50",
             'shipping-price': "5.99"},
            {**row, 'sku': "DESK", 'product-name': "Desk", 'quantity-purchased': "1", 'item-price': "40.00",
             'shipping-price': "2.00", 'ship-promotion-discount': "1.00", 'item-promotion-discount': "4.00",
             'gift-wrap-price': "3.99"},
            delimiter='\t'), 'amazon', ['created', 'created'], name="orders.txt")
        self.assertEqual(order_import.delimiter, '\t')
        self.assertOrder(
            order_import.row_ids[0].order_id, "058-3563777-5518068",
            {'name': "Joe Smith", 'email': "q1w2@marketplace.amazon.com", 'street': "1 Elm St, Floor 2",
             'city': "Austin, TX", 'zip': "00501", 'country_code': 'US'},
            [('CHAIR', 3, 9.5, 0), ('DESK', 1, 40, 10)], note=("shipping-price: 6.99", "gift-wrap-price: 3.99"),
            amount_untaxed=64.5, received_at=datetime(2024, 5, 1, 10, 11, 12))
        self.assertIn("“gift-wrap-price”, 3.99, is in no line", order_import.row_ids[1].message)

    def test_amazon_amount_that_does_not_come_even(self):
        order_import = self._import(self._table(self.AMAZON, {
            'order-id': "1", 'purchase-date': "2024-05-01T10:11:12+00:00", 'buyer-name': "Joe", 'sku': "CHAIR",
            'quantity-purchased': "3", 'item-price': "10.00", 'currency': self.currency, 'recipient-name': "Joe",
        }, delimiter='\t'), 'amazon', ['created'])
        self.assertEqual(
            order_import.row_ids.message, "The amount of the row is 10, and 3 × 3.33 is 9.99.")

    def test_amazon_all_orders(self):
        """The report that names no buyer: the market place is the customer; a cancelled row is no line."""
        market = self.env['res.partner'].create({'name': "Amazon.de", 'is_company': True})
        header = [
            "amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status",
            "fulfillment-channel", "sales-channel", "ship-service-level", "product-name", "sku", "asin", "item-status",
            "quantity", "currency", "item-price", "item-tax", "shipping-price", "shipping-tax", "ship-city",
            "ship-state",
            "ship-postal-code", "ship-country", "promotion-ids"]
        row = dict(zip(header, [
            "303-1", "", "2024-05-01T10:11:12+00:00", "", "Shipped", "Merchant", "Amazon.de", "Std", "Chair", "CHAIR",
            "B0", "Shipped", "2", self.currency, "19.00", "", "", "", "Berlin", "", "10115", "DE", ""]))
        order_import = self._import(self._table(
            header, row, {**row, 'sku': "DESK", 'item-status': "Cancelled", 'quantity': "0", 'item-price': ""},
            {**row, 'amazon-order-id': "303-2", 'order-status': "Cancelled"},
            {**row, 'amazon-order-id': "303-3", 'item-status': "Cancelled"},
            delimiter='\t'), 'amazon_all_orders', ['created', 'skipped', 'skipped', 'skipped'])
        self.assertIn("name of the market place", order_import.sheet_note)
        order = order_import.row_ids[0].order_id
        self.assertEqual(order.partner_id, market)
        self.assertEqual((order.order_line.product_id, order.amount_untaxed), (self.product_stock, 19))
        self.assertEqual(
            order_import.row_ids[1].message, "The status on the platform is “Cancelled”: this is not imported.")

    def test_magento(self):
        """A row for each product with what is of the order in all of them; moments with names of months."""
        header = (
            "Order Number,Order Date,Order Status,Order Purchased From,Order Payment Method,Order Shipping Method,"
            "Order Subtotal,Order Tax,Order Shipping,Order Discount,Order Grand Total,Order Paid,Order Refunded,"
            "Order Due,"
            "Total Qty Items Ordered,Customer Name,Customer Email,Shipping Name,Shipping Company,Shipping Street,"
            "Shipping Zip,Shipping City,Shipping State,Shipping State Name,Shipping Country,Shipping Country Name,"
            "Shipping Phone Number,Billing Name,Billing Company,Billing Street,Billing Zip,Billing City,Billing State,"
            "Billing State Name,Billing Country,Billing Country Name,Billing Phone Number,Order Item Increment,"
            "Item Name,"
            "Item Status,Item SKU,Item Options,Item Original Price,Item Price,Item Qty Ordered,Item Tax,Item Discount,"
            "Item Total")
        row = {
            'Order Number': "100000123", 'Order Date': "Mar 5, 2024 3:12:10 PM", 'Order Status': "processing",
            'Order Tax': "1.00", 'Order Shipping': "5.00", 'Order Discount': "-4.00", 'Order Grand Total': "61.00",
            'Customer Name': "Ann Lee", 'Customer Email': "ann@example.com", 'Shipping Name': "Ann Lee",
            'Shipping Street': "1 Rue X", 'Shipping Zip': "01000", 'Shipping City': "Bourg", 'Shipping Country': "FR",
            'Billing Name': "Ann Lee", 'Billing Street': "1 Rue X", 'Billing Zip': "01000", 'Billing City': "Bourg",
            'Billing Country': "FR"}
        order_import = self._import(self._table(
            header,
            {**row, 'Item Name': "Chair", 'Item SKU': "CHAIR", 'Item Options': "Color: red", 'Item Price': "9.50",
             'Item Qty Ordered': "2", 'Item Discount': "0.00", 'Item Status': "Ordered"},
            {**row, 'Item Name': "Desk", 'Item SKU': "DESK", 'Item Price': "40.00", 'Item Qty Ordered': "1",
             'Item Discount': "4.00", 'Item Status': "Ordered"},
            {**row, 'Order Number': "100000124", 'Order Status': "closed", 'Item SKU': "DESK", 'Item Qty Ordered': "1"},
        ), 'magento', ['created', 'created', 'skipped'])
        order = order_import.row_ids[0].order_id
        self.assertOrder(
            order, "100000123", {'name': "Ann Lee", 'zip': "01000", 'city': "Bourg", 'country_code': 'FR'},
            [('CHAIR', 2, 9.5, 0), ('DESK', 1, 40, 10)], note=("Order Shipping: 5",), amount_untaxed=55,
            # The time of the person who uploads is eight hours ahead.
            received_at=datetime(2024, 3, 5, 7, 12, 10))
        self.assertEqual(order.order_line[0].name, "Chair (Color: red)")
        # 19 and 36 and shipping are 60; with the taxes they are the total.
        self.assertNotIn("total", order_import.row_ids[0].message)

    def test_magento_grid(self):
        """The list of orders has no products: it is recognised, and told what to export instead."""
        order_import = self._upload(self._table(
            ["ID", "Purchase Point", "Purchase Date", "Bill-to Name", "Ship-to Name", "Grand Total (Base)",
             "Grand Total (Purchased)", "Status"],
            ["000000001", "Main", "May 3, 2024 8:00:00 AM", "Ann Lee", "Ann Lee", "$19.00", "$19.00", "Processing"]))
        self.assertEqual(order_import.sheet_id, self.env.ref('sale_order_lifecycle.order_channel_sheet_magento_grid'))
        self.assertIn("export the orders with their items", order_import.sheet_note)
        with self.assertRaisesRegex(UserError, "Line: Internal Reference and Line: Quantity"):
            order_import.action_check()

    # -- Taobao, JD, 1688, Pinduoduo ----------------------------------------------------------------

    TAOBAO = (
        "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,"
        "买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,订单创建时间,"
        "订单付款时间 ,宝贝标题 ,"
        "宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,商家编码")

    def test_taobao(self):
        """GBK, numbers as ="…" and with an apostrophe, the whole address in one cell; what is closed is no order."""
        row = {
            '订单编号': '="3001234567890123456"', '买家会员名': "tb_lantern", '买家应付货款': "19.00",
            '买家应付邮费': "5.00",
            '总金额': "24.00", '买家实际支付金额': "24.00", '订单状态': "买家已付款，等待卖家发货",
            '买家留言': "请尽快",
            '收货人姓名': "张三", '收货地址 ': "广东省 深圳市 南山区 科苑路8号(518000)", '联系手机': "'13800138000",
            '订单创建时间': "2024-05-01 10:11:12", '宝贝标题 ': "办公椅 红色", '宝贝种类 ': "1", '宝贝总数量': "2",
            '商家编码': "\tCHAIR\t"}
        order_import = self._import(self._table(
            self.TAOBAO, row,
            {**row, '订单编号': '="3001234567890123457"', '订单状态': "交易关闭"},
            {**row, '订单编号': '="3001234567890123458"', '订单状态': "等待买家付款"},
            {**row, '订单编号': '="3001234567890123459"', '宝贝标题 ': "椅，桌", '宝贝种类 ': "2", '商家编码': ""},
            encoding='gbk'), 'taobao', ['created', 'skipped', 'skipped', 'rejected'])
        self.assertEqual(order_import.encoding, 'gb18030')
        self.assertOrder(
            order_import.row_ids[0].order_id, "3001234567890123456", {'name': "tb_lantern", 'phone': "13800138000"},
            [('CHAIR', 2, 9.5, 0)],
            shipped={'name': "张三", 'city': "广东省深圳市", 'street': "南山区 科苑路8号", 'zip': "518000",
                     'country_code': 'CN', 'phone': "13800138000"},
            note=("请尽快", "买家应付邮费: 5"), amount_untaxed=19, received_at=datetime(2024, 5, 1, 2, 11, 12))
        self.assertIn("amounts of this sheet are in CNY", order_import.row_ids[0].message)
        self.assertIn("交易关闭", order_import.row_ids[1].message)
        self.assertIn("2 different products", order_import.row_ids[3].message)

    def test_taobao_items(self):
        """A row for each product; one of them was refunded."""
        header = (
            "子订单编号,主订单编号,买家会员名,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,"
            "收货人姓名,收货地址,联系手机,订单创建时间,退款状态")
        row = {
            '主订单编号': "300\t", '买家会员名': "tb_lantern", '标题': "办公椅", '价格': "9.50", '购买数量': "2",
            '外部系统编号': "", '商家编码': "CHAIR", '商品属性': "颜色分类:红色", '订单状态': "买家已付款,等待卖家发货",
            '收货人姓名': "张三", '收货地址': "上海 上海市 浦东新区 世纪大道100号", '联系手机': "13800138000",
            '订单创建时间': "2024-05-01 10:11:12"}
        order_import = self._import(self._table(
            header, {**row, '子订单编号': "301"},
            {**row, '子订单编号': "302", '标题': "书桌", '价格': "40.00", '购买数量': "1", '商家编码': "",
             '外部系统编号': "DESK", '商品属性': ""},
            {**row, '子订单编号': "303", '订单状态': "交易关闭"},
        ), 'taobao_items', ['created', 'created', 'skipped'])
        order = order_import.row_ids[0].order_id
        self.assertOrder(
            order, "300", {'name': "tb_lantern"}, [('CHAIR', 2, 9.5, 0), ('DESK', 1, 40, 0)],
            shipped={'name': "张三", 'city': "上海市", 'street': "浦东新区 世纪大道100号"}, amount_untaxed=59)
        self.assertEqual(order.order_line[0].name, "办公椅 (颜色分类:红色)")

    def test_jd(self):
        header = (
            "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,"
            "订单类型,"
            "下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,运费金额,货号")
        row = {
            '订单号': '="290000000001"', '商品名称': "办公椅", '订购数量': "2", '下单时间': "2024-05-01 10:11:12",
            '京东价': "9.50", '应付金额': "65.00", '订单状态': "等待出库", '下单帐号': "jd_lamp", '客户姓名': "李四",
            '客户地址': "广东深圳市南山区科苑路8号", '联系电话': "13800138000", '订单备注': "送货上门",
            '运费金额': "6.00",
            '货号': "CHAIR"}
        order_import = self._import(self._table(
            header, row, {**row, '商品名称': "书桌", '订购数量': "1", '京东价': "￥40.00元", '货号': "DESK"},
            {**row, '订单号': '="290000000002"', '订单状态': "(删除)等待出库"},
        ), 'jd', ['created', 'created', 'skipped'])
        self.assertOrder(
            order_import.row_ids[0].order_id, "290000000001",
            {'name': "李四", 'phone': "13800138000", 'city': "广东深圳市", 'street': "南山区科苑路8号",
             'country_code': 'CN'},
            [('CHAIR', 2, 9.5, 0), ('DESK', 1, 40, 0)], note=("送货上门", "下单帐号: jd_lamp", "运费金额: 6"),
            amount_untaxed=59)
        self.assertNotIn("total of the platform", order_import.row_ids[0].message)

    def test_1688(self):
        """A workbook whose rows after the first have no number of the order; the discount of the order comes even."""
        header = (
            "订单编号,买家公司名,买家会员名,卖家公司名,货品总价(元),运费(元),涨价或折扣(元),实付款(元),订单状态,"
            "订单创建时间,"
            "收货人姓名,收货地址,邮编,联系电话,联系手机,货品标题,单价(元),数量,单位,货号,单品货号,买家留言")
        first = [
            "2001234567890", "深圳市灯塔有限公司", "lamp88", "我司", 100, 10, -10, 100, "等待卖家发货",
            "2024-05-01 10:11:12",
            "王五", "浙江省 杭州市 西湖区 文三路1号", "310000", "0571-88880000", "13900139000", "椅子", 9.5, 10, "件",
            "CHAIR",
            None, None]
        more = [None] * 15 + ["桌子", 5, 1, "张", None, "DESK", None]
        closed = ["2001234567891", "杭州", "x", "我司", 5, 0, 0, 5, "交易关闭", *first[9:15], "桌子", 5, 1, "张",
                  "DESK", None, None]
        dearer = ["2001234567892", "深圳市灯塔有限公司", "lamp88", "我司", 5, 0, 2, 7, "等待卖家发货", *first[9:15],
                  "桌子", 5, 1, "张", "DESK", None, None]
        order_import = self._import(
            workbook(self._split(header), first, more, closed, more, dearer), 'alibaba_1688',
            ['created', 'created', 'skipped', 'skipped', 'created'], name="1688.xlsx")
        self.assertEqual(order_import.row_ids.mapped('reference'), [
            "2001234567890", "2001234567890", "2001234567891", "2001234567891", "2001234567892"])
        self.assertOrder(
            order_import.row_ids[1].order_id, "2001234567890",
            {'name': "深圳市灯塔有限公司", 'phone': "13900139000"}, [('CHAIR', 10, 9.5, 10), ('DESK', 1, 5, 10)],
            shipped={'name': "王五", 'city': "浙江省杭州市", 'street': "西湖区 文三路1号", 'zip': "310000"},
            note=("买家会员名: lamp88", "运费(元): 10", "联系电话: 0571-88880000"), amount_untaxed=90)
        order = order_import.row_ids[4].order_id
        self.assertEqual(order.amount_untaxed, 5)
        self.assertIn("涨价或折扣(元): 2", order.note)
        self.assertEqual(order.partner_id, order_import.row_ids[0].order_id.partner_id)

    def test_pinduoduo(self):
        """Tabs behind numbers, a masked phone number, the discount of the shop and that of the platform."""
        header = (
            "商品,订单号,订单状态,商品总价(元),店铺优惠折扣(元),平台优惠折扣(元),邮费(元),用户实付金额(元),"
            "商家实收金额(元),"
            "商品数量(件),订单成交时间,承诺发货时间,收货人,手机,省,市,区,街道,商家编码-规格维度,商家编码-商品维度,"
            "商品规格,买家留言,"
            "商家备注,售后状态")
        row = {
            '商品': "办公椅", '订单号': "240501-123456789\t", '订单状态': "待发货", '商品总价(元)': "20.00\t",
            '店铺优惠折扣(元)': "1.00", '平台优惠折扣(元)': "2.00", '邮费(元)': "0.00", '用户实付金额(元)': "17.00",
            '商家实收金额(元)': "19.00", '商品数量(件)': "2", '订单成交时间': "2024-05-01 10:11:12",
            '承诺发货时间': "2031-05-03 10:11:12", '收货人': "张*", '手机': "138****1234\t", '省': "上海市",
            '市': "上海市",
            '区': "浦东新区", '街道': "世纪大道100号", '商家编码-规格维度': "", '商家编码-商品维度': "CHAIR",
            '商品规格': "红色",
            '售后状态': "无售后或售后取消"}
        order_import = self._import(self._table(
            header, row, {**row, '订单号': "240501-2", '售后状态': "退款成功"},
            {**row, '订单号': "240501-3", '订单状态': "已取消"},
            {**row, '订单号': "240501-4", '订单状态': "已发货，退款成功"},
            {**row, '订单号': "240501-5", '订单状态': "已取消,退款成功"}),
            'pinduoduo', ['created', 'skipped', 'skipped', 'skipped', 'skipped'])
        self.assertOrder(
            order_import.row_ids[0].order_id, "240501-123456789",
            {'name': "张*", 'phone': False, 'city': "上海市", 'street': "浦东新区世纪大道100号", 'country_code': 'CN'},
            [('CHAIR', 2, 10, 5)], note=("手机: 138****1234", "平台优惠折扣(元): 2.00"), amount_untaxed=19,
            promised_date=date(2031, 5, 3))

    # -- Odoo ---------------------------------------------------------------------------------------

    def test_odoo(self):
        """What Odoo exports of sales orders: products with their references in brackets, texts between the lines."""
        rows = (
            ["S00012", "2024-05-01 02:11:12", "Azure Interior", "Sales Order", "[CHAIR] Chair", "Chair, red", 2.0, 9.5,
             10.0],
            ["", "", "", "", "", "For the lobby", 0.0, 0.0, 0.0],
            ["", "", "", "", "[DESK] Desk", "[DESK] Desk", 1.0, 40.0, 0.0],
            ["S00013", "2024-05-02 02:11:12", "Azure Interior", "Cancelled", "[CHAIR] Chair", "Chair", 2.0, 9.5, 0.0],
        )
        headers = (
            "Order Reference,Order Date,Customer,Status,Order Lines/Product,Order Lines/Description,"
            "Order Lines/Quantity,"
            "Order Lines/Unit Price,Order Lines/Discount (%)",
            "name,date_order,partner_id,state,order_line/product_id,order_line/name,order_line/product_uom_qty,"
            "order_line/price_unit,order_line/discount",
            "订单参考号,订单日期,客户,状态,订单明细/产品,订单明细/描述,订单明细/数量,订单明细/单价,订单明细/折扣（%）",
        )
        for number, header in enumerate(headers):
            with self.subTest(header=header):
                named = [[f'{row[0]}-{number}' if row[0] else '', *row[1:]] for row in rows]
                order_import = self._import(
                    self._table(header, *named), 'odoo', ['created'] * 3 + ['skipped'])
                order = order_import.row_ids[2].order_id
                self.assertEqual(order.channel_reference, f'S00012-{number}')
                self.assertEqual(order.order_line.mapped(lambda line: (
                    line.product_id.default_code, line.name, line.product_uom_qty, line.price_unit, line.discount)), [
                        ('CHAIR', "Chair, red", 2, 9.5, 10), ('DESK', "[DESK] Desk", 1, 40, 0)])
                self.assertIn("For the lobby", order.note)
                self.assertEqual(order.amount_untaxed, 57.1)

    def test_odoo_exports_what_it_imports(self):
        """A file that this Odoo has exported itself, with its own headings."""
        order = self._new_order()
        order.order_line[0].write({'product_uom_qty': 3, 'price_unit': 9.5, 'discount': 5})
        names = ['name', 'date_order', 'partner_id', 'state', 'order_line/product_id', 'order_line/product_uom_qty',
                 'order_line/price_unit', 'order_line/discount']
        # The headings as the list view offers them.
        labels = {
            name: '/'.join(self.env[model]._fields[part].get_description(self.env)['string'] for model, part in zip(
                ('sale.order', 'sale.order.line'), name.split('/')))
            for name in names}
        table = order.export_data(names)['datas']
        order_import = self._upload(self._table([labels[name] for name in names], *table))
        self.assertEqual(order_import.sheet_id, self.env.ref('sale_order_lifecycle.order_channel_sheet_odoo'))
        order_import.action_import()
        copy = order_import.row_ids.order_id
        self.assertEqual(copy.channel_reference, order.name)
        self.assertEqual(
            *(record.order_line.mapped(lambda line: (
                line.product_id, line.product_uom_qty, line.price_unit, line.discount)) for record in (order, copy)))

    def test_in_the_background(self):
        """Rows that continue an order stay with it in whatever chunk it is, in the check and in the import."""
        content = self._table(
            "Order Reference,Customer,Status,Order Lines/Product,Order Lines/Quantity,Order Lines/Unit Price",
            ["B-1", "Azure Interior", "Sales Order", "[CHAIR] Chair", "2", "9.5"],
            ["", "", "", "[DESK] Desk", "1", "40"],
            ["B-2", "Azure Interior", "Cancelled", "[DESK] Desk", "1", "40"],
            ["B-3", "Azure Interior", "Sales Order", "[CHAIR] Chair", "3", "9.5"],
            ["", "", "", "[NONE] None", "1", "40"],
            ["B-4", "Azure Interior", "Sales Order", "[CHAIR] Chair", "4", "9.5"])
        at_once, later = self._upload(content), self._upload(content)
        at_once.action_check()
        with patch(f'{CHANNELS}.order_import_background.ROWS_AT_ONCE', 0), \
                patch(f'{CHANNELS}.order_import.IMPORT_CHUNK', 1):
            later.action_check()
            while later.state == 'checking':
                later.sudo()._check_next()
            self.assertEqual(
                *(order_import.row_ids.mapped(lambda row: (row.reference, row.status, row.message))
                  for order_import in (at_once, later)))
            self.assertEqual(self._statuses(later), ['valid', 'valid', 'skipped', 'rejected', 'rejected', 'valid'])
            later.action_import()
            self._run_cron()
        self.assertEqual(self._statuses(later), ['created', 'created', 'skipped', 'rejected', 'rejected', 'created'])
        self.assertEqual(later.row_ids[1].order_id.order_line.mapped('product_uom_qty'), [2, 1])

    # -- recognition --------------------------------------------------------------------------------

    def test_not_recognised(self):
        """A file of another make is read as before, also when it has one or two headings of a platform."""
        order_import = self._upload(self._csv(*self._rows(1)))
        self.assertFalse(order_import.sheet_id)
        header = ["Total", "Order No", "Customer", "SKU", "Qty", "Order Status"]
        order_import = self._upload(self._csv(["x", "F-1", "Blue Harbour Ltd", "CHAIR", 1, "cancelled"], header=header))
        self.assertFalse(order_import.sheet_id)
        self.assertEqual(order_import.column_ids.mapped('field'), [
            False, 'reference', 'customer.name', 'lines.sku', 'lines.quantity', False])

    def test_found_in_workbooks_and_below_titles(self):
        """The sheet, its row of headings and the separator are found by the headings of the platform, which need not be
        names of columns that any file has."""
        headings = ["Vorgang", "Ding", "Stück", "Wer"]

        def write(titles, *others):
            stream = io.BytesIO()
            with xlsxwriter.Workbook(stream, {'in_memory': True}) as book:
                for name, rows in (*others, ("Export", [*titles, headings, ["1", "CHAIR", "2", "Li Zhou"]])):
                    page = book.add_worksheet(name)
                    for number, cells in enumerate(rows):
                        page.write_row(number, 0, cells)
            return stream.getvalue()
        sheet = self.env['order.channel.sheet'].create({'name': "Ours", 'column_ids': [
            (0, 0, {'name': name, 'field': field, 'is_mark': is_mark}) for name, field, is_mark in (
                ("Vorgang", 'reference', True), ("Ding", 'lines.sku', True), ("Stück", 'lines.quantity', True),
                ("Wer", 'customer.name', False))]})
        other = ("Customers", [["Customer", "City", "Phone", "E-mail"], ["Blue Harbour Ltd", "Oslo", "1", "a@b.c"]])
        title = ["Order list, customer copy", "", "SKU, quantity"]
        text = "Order; date; customer\n\nVorgang|Ding|Stück|Wer\n1|CHAIR|2|Li, Zhou; gate 4\n"
        for content, name, worksheet, number in (
                (write([]), "a.xlsx", "Export", 1), (write([title, []], other), "b.xlsx", "Export", 3),
                (text.encode(), "c.csv", False, 3), (text.encode('cp1252'), "d.csv", False, 3)):
            with self.subTest(name=name):
                order_import = self._upload(content, name)
                self.assertEqual((order_import.sheet_id, order_import.header_number), (
                    sheet.with_env(order_import.env), number))
                self.assertEqual((order_import.worksheet, order_import.questions), (worksheet, False))
                self.assertEqual(order_import.column_ids.mapped('field'), [
                    'reference', 'lines.sku', 'lines.quantity', 'customer.name'])
                order_import.action_check()
                self.assertEqual(self._statuses(order_import), ['valid'])
        # A platform's own export, saved as a workbook behind a sheet with instructions.
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {'in_memory': True}) as book:
            page = book.add_worksheet("Read me")
            page.write_row(0, 0, ["Order", "Customer", "Date"])
            page.write_row(1, 0, ["is a number", "is a name", "is a day"])
            page = book.add_worksheet("Orders May")
            page.write(0, 0, "Orders of May")
            row = self._shopify_row("#W-1")
            page.write_row(2, 0, self._split(self.SHOPIFY))
            page.write_row(3, 0, [row.get(name, '') for name in self._split(self.SHOPIFY)])
        order_import = self._import(stream.getvalue(), 'shopify', ['created'], name="shopify.xlsx")
        self.assertEqual((order_import.worksheet, order_import.header_number), ("Orders May", 3))
        self.assertIn("Read me", order_import.remark)

    def test_rows_that_disagree_name_their_columns(self):
        """Of several columns with one mapped field, that which differs is named."""
        row = self._shopify_row("#D-1", **{'Discount Code': "SPRING"})
        order_import = self._import(self._table(
            self.SHOPIFY, row, {**row, 'Financial Status': "pending", 'Discount Code': "AUTUMN", 'Notes': "x"}),
            'shopify', ['rejected', 'rejected'])
        self.assertEqual(order_import.row_ids[1].message.splitlines(), [
            f"“{name}” differs from row 2 of the same order: correct one of them."
            for name in ("Financial Status", "Discount Code")])

    def test_amount_beside_price(self):
        """What a row comes to, beside the price of a piece, has its discount; more than its pieces is told."""
        header = "主订单编号,买家会员名,标题,价格,购买数量,商家编码,买家应付货款"
        row = {'主订单编号': "A-1", '买家会员名': "tb_lantern", '标题': "办公椅", '价格': "20.00", '购买数量': "2",
               '商家编码': "CHAIR", '买家应付货款': "36.00"}
        order_import = self._import(self._table(
            header, row, {**row, '主订单编号': "A-2", '买家应付货款': "￥40.00元"},
            {**row, '主订单编号': "A-3", '买家应付货款': "41"}, {**row, '主订单编号': "A-4", '买家应付货款': "many"},
            {**row, '主订单编号': "A-5", '价格': "$20.00", '买家应付货款': ""},
            {**row, '主订单编号': "A-6", '价格': "1元50", '买家应付货款': ""}),
            'taobao_items', ['created', 'created', 'created', 'rejected', 'rejected', 'rejected'])
        rows = order_import.row_ids
        self.assertEqual(
            [(line.price_unit, line.discount) for line in rows.order_id.order_line], [(20, 10), (20, 0), (20, 0)])
        self.assertNotIn("The amount of the row", rows[0].message)
        self.assertIn("The amount of the row is 41, and 2 × 20 is 40.", rows[2].message)
        self.assertIn("“买家应付货款” must be a number", rows[3].message)
        self.assertIn("“价格” ($20.00) does not tell the currency", rows[4].message)
        self.assertIn("“价格” must be a number", rows[5].message)

    def test_statuses_of_other_languages(self):
        """A shop writes its statuses in the language of its people."""
        row = {'Order Number': "1", 'Order Status': "In Bearbeitung", 'First Name (Billing)': "Li",
               'Last Name (Billing)': "Zhou", 'Email (Billing)': "li@example.com", 'SKU': "CHAIR", 'Item Name': "Stuhl",
               'Quantity': "2", 'Item Cost': "9.5"}
        statuses = ("Storniert", "Remboursée", "Pendiente de pago", "annullato", "Mislukt", "已取消")
        order_import = self._import(self._table(
            list(row), row, *[{**row, 'Order Number': f"2-{number}", 'Order Status': status}
                              for number, status in enumerate(statuses)]),
            'woocommerce_advanced', ['created'] + ['skipped'] * len(statuses))
        for status, line in zip(statuses, order_import.row_ids[1:]):
            self.assertIn(status, line.message)

    def test_what_is_missing_is_called_by_its_column(self):
        """A product without a reference: its own column is named, and no price is missed that cannot be read."""
        order_import = self._import(self._table(
            "Order Reference,Customer,Order Lines/Description,Order Lines/Product,Order Lines/Quantity",
            ["S1", "Azure Interior", "Freight", "Delivery by nobody", "1"]), 'odoo', ['rejected'])
        self.assertIn("“Order Lines/Product” is missing", order_import.row_ids.message)
        order_import = self._import(self._table(
            "order-id,buyer-name,sku,quantity-purchased,item-price", ["A-1", "Ann", "CHAIR", "2", "many"]),
            'amazon', ['rejected'])
        self.assertEqual(order_import.row_ids.message, "“item-price” must be a number.")
        order_import = self._import(self._table(
            "order-id,buyer-name,sku,quantity-purchased,item-price", ["A-2", "Ann", "CHAIR", "2", "-19"]),
            'amazon', ['rejected'])
        self.assertEqual(order_import.row_ids.message, "“item-price” must be a number from 0 to 1000000000000.")

    def test_products_in_cells_name_their_columns(self):
        """What cannot be read in one of several cells with products, or is more than an order keeps."""
        header = ["order_number", "status", "billing_first_name", "billing_last_name", "line_item_1", "line_item_2"]
        chair = "name:Chair|sku:CHAIR|quantity:2|total:19.00"
        order_import = self._import(self._table(header, *[
            [f"W-{number}", "processing", "Li", "Zhou", chair, item] for number, item in enumerate((
                "name:Desk|sku:DESK|quantity:1|total:40.00", "garbage", "name:Desk|sku:DESK|quantity:1|total:€40.00",
                "name:Desk|sku:DESK|quantity:2.555|total:40.00"))]),
            'woocommerce', ['created', 'rejected', 'rejected', 'rejected'])
        for row, words in zip(order_import.row_ids[1:], (
                "“line_item_2” cannot be read", "must be a number", "“line_item_2” (2.555) has more decimals")):
            self.assertIn(words, row.message)
            self.assertNotIn("lines.", row.message)

    def test_another_sheet_by_hand(self):
        """A person takes another sheet, or none; what was checked is forgotten then."""
        order_import = self._upload(self._table(self.SHOPIFY, self._shopify_row("#1")))
        order_import.action_check()
        with Form(order_import) as form:
            form.sheet_id = self.env['order.channel.sheet']
        self.assertEqual(order_import.state, 'draft')
        self.assertEqual(
            dict(order_import.column_ids.mapped(lambda column: (column.name, column.field)))['Lineitem sku'], False)
        order_import.sheet_id = self.env.ref('sale_order_lifecycle.order_channel_sheet_shopify')
        self.assertEqual(
            dict(order_import.column_ids.mapped(lambda column: (column.name, column.field)))['Lineitem sku'],
            'lines.sku')
        order_import.action_check()
        self.assertEqual(self._statuses(order_import), ['valid'])

    def test_columns_of_sheets_are_not_learned(self):
        """The channel learns what the sheet does not know; other files of the channel are read as before."""
        order_import = self._upload(self._table(f'{self.SHOPIFY},Wish', self._shopify_row("#1")))
        order_import.column_ids.filtered(lambda column: column.name == "Wish").field = 'promised_date'
        order_import.action_check()
        learned = dict(self.shop.column_ids.mapped(lambda column: (column.name, column.field)))
        self.assertEqual(learned["Wish"], 'promised_date')
        self.assertFalse(learned.keys() & {"Name", "Lineitem sku", "Total"})
        again = self._upload(self._table(f'{self.SHOPIFY},Wish', self._shopify_row("#2")))
        self.assertEqual(again.column_ids[-1].field, 'promised_date')
        plain = self._upload(self._csv(*self._rows(1)))
        self.assertEqual(plain.column_ids[0].field, 'reference')

    def test_own_sheet(self):
        """A company's own sheet comes before one that is known to all; several products are CHAIR × 2; DESK × 1."""
        manager = self.env['order.channel.sheet'].with_user(self.user_manager)
        with Form(manager) as form:
            form.name = "Our shop"
            form.statuses = "storniert*"
            form.decimal_separator = ','
            for name, field, is_mark in (
                    ("Auftrag", 'reference', True), ("Käufer", 'customer.name', True), ("Artikel", 'lines.items', True),
                    ("Stand", 'status', False), ("Rabatt", 'amounts.discount', False)):
                with form.column_ids.new() as line:
                    line.name, line.field, line.is_mark = name, field, is_mark
        sheet = form.record
        sheet.sudo().company_id = self.company
        header = ["Auftrag", "Käufer", "Artikel", "Stand", "Rabatt"]
        order_import = self._upload(self._table(
            header, ["1", "Blue Harbour Ltd", "CHAIR × 2; DESK x 1", "offen", ""],
            ["2", "Blue Harbour Ltd", "CHAIR*2", "Storniert (Kunde)", ""],
            ["3", "Blue Harbour Ltd", "MAX2", "offen", "viel"]))
        self.assertEqual((order_import.sheet_id, order_import.decimal_separator), (sheet.with_env(self.env), ','))
        self.partner.is_company = True
        order_import.action_check()
        self.assertEqual(self._statuses(order_import), ['valid', 'skipped', 'rejected'])
        messages = order_import.row_ids.mapped('message')
        self.assertIn("that of the pricelist is taken", messages[0])
        self.assertIn("“Artikel” cannot be read", messages[2])
        self.assertIn("“Rabatt” must be a number", messages[2])
        order_import.action_import()
        self.assertEqual(order_import.row_ids[0].order_id.order_line.mapped(
            lambda line: (line.product_id.default_code, line.product_uom_qty)), [('CHAIR', 2), ('DESK', 1)])
        # Of two that fit, the company's own.
        both = sheet.copy({'company_id': False, 'sequence': 1})
        self.assertEqual(len(both.column_ids), 5)
        self.assertEqual(self._upload(self._table(header, ["4"])).sheet_id, sheet.with_env(self.env))
        sheet.active = False
        self.assertEqual(self._upload(self._table(header, ["4"])).sheet_id, both.with_env(self.env))

    def test_other_company(self):
        company = self._new_company(policy=True)
        sheet = self.env['order.channel.sheet'].create({
            'name': "Foreign", 'company_id': company.id,
            'column_ids': [(0, 0, {'name': "Order No", 'field': 'reference', 'is_mark': True})]})
        self.assertFalse(self._upload(self._csv(*self._rows(1))).sheet_id)
        for user in (self.user_sales, self.user_sales_manager):
            with self.subTest(user=user.login):
                self.assertNotIn(sheet, self.env['order.channel.sheet'].with_user(user).search([]).with_env(self.env))
                with self.assertRaises(AccessError):
                    sheet.column_ids.with_user(user).read(['name'])

    def test_who_changes_sheets(self):
        sheet = self.env.ref('sale_order_lifecycle.order_channel_sheet_shopify')
        for user in (self.user_sales, self.user_legal, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                sheet.with_user(user).write({'name': "X"})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                sheet.column_ids[0].with_user(user).write({'field': False})
        for user in (self.user_sales_manager, self.user_manager):
            sheet.with_user(user).write({'statuses': "voided"})
            sheet.column_ids[0].with_user(user).write({'is_mark': True})

    def test_currency_of_the_platform(self):
        """Where the company has a pricelist in the currency of the platform, orders are in it."""
        cny = self.env.ref('base.CNY')
        cny.active = True
        self.env['product.pricelist'].create({'name': "China", 'currency_id': cny.id})
        order_import = self._import(self._table(self.TAOBAO, {
            '订单编号': "31", '买家会员名': "tb", '买家应付货款': "19", '订单创建时间': "2024-05-01 10:11:12",
            '宝贝标题 ': "椅",
            '宝贝总数量': "1", '商家编码': "CHAIR"}), 'taobao', ['created'])
        self.assertEqual(order_import.row_ids.order_id.currency_id, cny)
        self.assertFalse(order_import.row_ids.message)

    def test_queries(self):
        """The check of a known sheet costs as many queries for twenty orders as for one."""
        numbers = iter(range(100))
        self.assertSameQueries(
            lambda count: self._upload(self._table(
                self.SHOPIFY, *[self._shopify_row(f"#{next(numbers)}") for _number in range(count)],
                self._shopify_row(f"#{next(numbers)}", **{'Cancelled at': "2024-05-02"}))),
            lambda order_import: order_import.action_check(), more=2)
