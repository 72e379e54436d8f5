from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import FactsCommon


@tagged('post_install', '-at_install')
@freeze_time('2031-03-05 09:00:00')  # a Wednesday
class TestFactsProduction(FactsCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part = cls._new_purchased_product("Shade")
        cls.part.seller_ids.delay = 5
        cls.lamp = cls._new_manufactured_product("Lamp", component=cls.part)
        cls.bom = cls.lamp.bom_ids
        cls.bom.produce_delay = 2
        cls.policy.calendar_id = cls.company.resource_calendar_id

    def setUp(self):
        super().setUp()
        self._set_stages(('production', {'requires_plan': 'production'}))

    def _submit_lamps(self, quantity=10, **vals):
        vals.setdefault('commitment_date', '2031-03-20 12:00:00')
        return self._submit_order(lines=[(self.lamp, quantity)], **vals)

    def test_made_from_bought_parts(self):
        order = self._submit_lamps()
        section = self._get_facts(order, 'production')['feasibility']
        cells = self._get_cells(section, product="Lamp")
        self.assertEqual(cells['way']['text'], "Manufacture, 2 d")
        self.assertEqual((cells['free']['value'], cells['forecast']['value']), (0, 0))
        # Five days for the parts, one for the purchase, two for the lamps.
        delay = 5 + self.company.days_to_purchase + 2
        expected = date(2031, 3, 5 + int(delay))
        self.assertEqual(cells['ready']['value'], expected.isoformat())
        cells = self._get_cells(section, product="Shade")
        self.assertEqual((cells['quantity']['value'], cells['way']['text']), (20, f"Buy, {delay - 2:g} d"))
        self.assertEqual(section['level'], 'ok')
        self.assertEqual(self._get_review(order, 'production').proposed_date, expected)

    def test_too_late_for_the_promise(self):
        order = self._submit_lamps(commitment_date='2031-03-06 12:00:00')
        section = self._get_facts(order, 'production')['feasibility']
        self.assertEqual(section['level'], 'bad')
        self.assertEqual(self._get_row(section, 'ready')['level'], 'bad')

    def test_from_stock(self):
        self._put_in_stock(self.lamp, 10)
        order = self._submit_lamps()
        section = self._get_facts(order, 'production')['feasibility']
        cells = self._get_cells(section, product="Lamp")
        self.assertEqual((cells['way']['text'], cells['free']['level']), ("In stock", 'ok'))
        self.assertIsNone(self._get_cells(section, product="Shade"))
        self.assertEqual(self._get_review(order, 'production').proposed_date, date(2031, 3, 5))

    def test_working_day(self):
        self._put_in_stock(self.lamp, 10)
        order = self._submit_lamps()
        with freeze_time('2031-03-08 09:00:00'):  # a Saturday
            self.env.invalidate_all()
            self.assertEqual(self._get_review(order, 'production').proposed_date, date(2031, 3, 10))

    def test_reserved_for_others(self):
        """What other orders have reserved is not free, and what they still need is in the forecast."""
        self.lamp.route_ids = False
        self._put_in_stock(self.lamp, 10)
        self._confirm(self._new_order(lines=[(self.lamp, 6)]))
        self._set_stages('production')
        section = self._get_facts(self._submit_lamps(), 'production')['feasibility']
        cells = self._get_cells(section, product="Lamp")
        self.assertEqual((cells['free']['value'], cells['forecast']['value']), (4, 4))
        self.assertEqual(self._get_cells(section, product="Shade")['quantity']['value'], 12)

    def test_on_its_way(self):
        receipt = self.env['stock.picking'].create({
            'picking_type_id': self.warehouse.in_type_id.id,
            'location_id': self.env.ref('stock.stock_location_suppliers').id,
            'location_dest_id': self.warehouse.lot_stock_id.id,
            'move_ids': [Command.create({
                'product_id': self.lamp.id, 'product_uom_qty': 10, 'date': '2031-03-12 09:00:00',
                'location_id': self.env.ref('stock.stock_location_suppliers').id,
                'location_dest_id': self.warehouse.lot_stock_id.id})]})
        receipt.action_confirm()
        receipt.move_ids.date = '2031-03-12 09:00:00'
        order = self._submit_lamps()
        cells = self._get_cells(self._get_facts(order, 'production')['feasibility'], product="Lamp")
        self.assertEqual((cells['way']['text'], cells['ready']['value']), ("In transit", '2031-03-12'))
        self.assertEqual((cells['free']['value'], cells['forecast']['value']), (0, 10))
        # It comes after the promise: the forecast of that day is empty, the day is too late.
        order = self._submit_lamps(commitment_date='2031-03-10 12:00:00')
        cells = self._get_cells(self._get_facts(order, 'production')['feasibility'], product="Lamp")
        self.assertEqual((cells['forecast']['value'], cells['ready']['level']), (0, 'bad'))

    def test_nobody_supplies(self):
        self.part.seller_ids.unlink()
        order = self._submit_lamps()
        section = self._get_facts(order, 'production')['feasibility']
        self.assertEqual(section['level'], 'bad')
        self.assertIn("no vendor", self._get_cells(section, product="Shade")['way']['text'])
        self.assertFalse(self._get_row(section, 'ready')['value'])
        self.assertFalse(self._get_review(order, 'production').proposed_date)

    def test_kit(self):
        kit = self._new_manufactured_product("Set", component=self.part, kit=True)
        self._put_in_stock(self.part, 10)
        section = self._get_facts(self._submit_order(lines=[(kit, 5)]), 'production')['feasibility']
        cells = self._get_cells(section, product="Set")
        self.assertEqual((cells['way']['text'], cells['ready']['value']), ("Kit, by components", '2031-03-05'))
        section = self._get_facts(self._submit_order(lines=[(kit, 6)]), 'production')['feasibility']
        self.assertEqual(self._get_cells(section, product="Shade")['quantity']['value'], 12)

    def test_services_only(self):
        order = self._submit_order(lines=[(self.product_service, 2)])
        section = self._get_facts(order, 'production')['feasibility']
        self.assertEqual((section['level'], section['table']), ('ok', False))
        self.assertEqual(self._get_review(order, 'production').proposed_date, date(2031, 3, 5))

    def test_other_units(self):
        """Twelve lamps are ordered as a dozen; the bill of materials is for two."""
        self.bom.product_qty = 2
        order = self._submit_order(lines=[{
            'product_id': self.lamp.id, 'product_uom_qty': 1,
            'product_uom_id': self.env.ref('uom.product_uom_dozen').id}])
        section = self._get_facts(order, 'production')['feasibility']
        self.assertEqual(self._get_cells(section, product="Lamp")['quantity']['value'], 12)
        self.assertEqual(self._get_cells(section, product="Shade")['quantity']['value'], 12)

    def test_work_centre_load(self):
        self._put_in_stock(self.part, 1000)
        self.bom.produce_delay = 0
        bench = self.env['mrp.workcenter'].create({
            'name': "Bench", 'time_start': 30, 'time_stop': 30,
            'resource_calendar_id': self.company.resource_calendar_id.id})
        self.bom.operation_ids = [Command.create({
            'name': "Assemble", 'workcenter_id': bench.id, 'time_mode': 'manual', 'time_cycle_manual': 60})]
        order = self._submit_lamps(9, commitment_date='2031-03-07 12:00:00')
        section = self._get_facts(order, 'production')['load']
        cells = self._get_cells(section, workcenter="Bench")
        self.assertEqual((cells['own']['value'], cells['planned']['value']), (10.0, 0.0))
        capacity = cells['capacity']['value']
        self.assertGreater(capacity, 15)
        self.assertEqual(section['level'], 'ok')
        self.assertEqual(cells['load']['value'], round(1000 / capacity, 1))
        # Other work fills it until the promised day, and moves the date that is proposed.
        before = self._get_review(order, 'production').proposed_date
        torch = self._new_manufactured_product("Torch", component=self.part)
        torch.bom_ids.operation_ids = [Command.create({
            'name': "Assemble", 'workcenter_id': bench.id, 'time_mode': 'manual', 'time_cycle_manual': 60})]
        production = self.env['mrp.production'].create({'product_id': torch.id, 'product_qty': 24})
        production.action_confirm()
        section = self._get_facts(order, 'production')['load']
        cells = self._get_cells(section, workcenter="Bench")
        self.assertEqual((cells['planned']['value'], section['level']), (25.0, 'bad'))
        self.assertGreater(self._get_review(order, 'production').proposed_date, before)
        self.assertEqual(self._get_review(order, 'production').proposed_date.isoformat(), cells['finished']['value'])


@tagged('post_install', '-at_install')
@freeze_time('2031-03-05 09:00:00')
class TestFactsLogistics(FactsCommon):

    def setUp(self):
        super().setUp()
        self._set_stages(('logistics', {'requires_plan': 'delivery'}))

    def test_address(self):
        order = self._submit_order()
        section = self._get_facts(order, 'logistics')['address']
        self.assertEqual(self._get_row(section, 'address')['level'], 'bad')
        self.assertIn("Country", self._get_row(section, 'address')['note'])
        self.partner.write({'country_id': self.env.ref('base.uk').id, 'zip': False})
        self.assertEqual(self._get_facts(order, 'logistics')['address']['level'], 'warn')
        self.partner.zip = 'BS1 4AA'
        self.assertEqual(self._get_facts(order, 'logistics')['address']['level'], 'ok')

    def test_transport(self):
        self.product_stock.write({'weight': 2.5, 'volume': 0.1})
        light = self._new_product("Feather")
        section = self._get_facts(self._submit_order(lines=[
            (self.product_stock, 4), (light, 1), (self.product_service, 1)]), 'logistics')['transport']
        weight = self._get_row(section, 'weight')
        self.assertEqual(weight['value'], 10.0)
        self.assertIn("1", weight['note'])
        self.assertEqual(self._get_row(section, 'volume')['value'], 0.4)
        self.assertEqual(self._get_row(section, 'warehouse')['text'], self.warehouse.name)

    def test_the_promised_day_where_it_can_be_kept(self):
        order = self._submit_order(commitment_date='2031-03-20 12:00:00')
        section = self._get_facts(order, 'logistics')['readiness']
        self.assertEqual(self._get_row(section, 'deliverable')['value'], '2031-03-05')
        self.assertEqual(section['level'], 'ok')
        self.assertEqual(self._get_review(order, 'logistics').proposed_date, date(2031, 3, 20))

    def test_later_where_it_cannot(self):
        product = self._new_purchased_product()
        product.seller_ids.delay = 20
        order = self._submit_order(lines=[(product, 1)], commitment_date='2031-03-20 12:00:00')
        section = self._get_facts(order, 'logistics')['readiness']
        self.assertEqual(section['level'], 'bad')
        self.assertGreaterEqual(self._get_review(order, 'logistics').proposed_date, date(2031, 3, 25))

    def test_after_the_production_plan(self):
        self._set_stages(
            ('production', {'requires_plan': 'production'}), ('logistics', {'requires_plan': 'delivery'}))
        order = self._submit_order(commitment_date='2031-03-10 12:00:00')
        review = self._get_review(order, 'logistics')
        self.assertEqual(review.proposed_date, date(2031, 3, 10))
        production = self._get_review(order, 'production')
        production.planned_date = '2031-03-17'
        self.env.invalidate_all()
        self.assertEqual(review.proposed_date, date(2031, 3, 17))
        production.action_approve()
        self.company.security_lead = 2
        section = self._get_facts(order, 'logistics')['readiness']
        self.assertEqual(self._get_row(section, 'production')['value'], '2031-03-17')
        self.assertEqual(self._get_row(section, 'deliverable')['value'], '2031-03-19')
        self.assertEqual(review.proposed_date, date(2031, 3, 19))


@tagged('post_install', '-at_install')
@freeze_time('2031-03-05 09:00:00')
class TestFactsPurchasing(FactsCommon):

    def setUp(self):
        super().setUp()
        self._set_stages('purchasing')

    def test_nothing_short(self):
        section = self._get_facts(self._submit_order(), 'purchasing')['shortages']
        self.assertEqual((section['level'], section['table']), ('ok', False))

    def test_components_of_all_lines(self):
        part = self._new_purchased_product("Shade")
        part.seller_ids.delay = 5
        self._put_in_stock(part, 3)
        lamp, torch = (self._new_manufactured_product(name, component=part) for name in ("Lamp", "Torch"))
        order = self._submit_order(lines=[(lamp, 2), (torch, 4)])
        section = self._get_facts(order, 'purchasing')['shortages']
        cells = self._get_cells(section, product="Shade")
        self.assertEqual(
            (cells['needed']['value'], cells['free']['value'], cells['short']['value']), (12, 3, 9))
        self.assertEqual(cells['vendor']['text'], "Vendor of Parts")
        self.assertEqual(cells['delay']['value'], 5 + self.company.days_to_purchase)
        self.assertFalse(self._get_cells(section, product="Lamp"))

    def test_without_vendor(self):
        order = self._submit_order(lines=[(self._new_product("Unknown"), 1)])
        section = self._get_facts(order, 'purchasing')['shortages']
        self.assertEqual(section['level'], 'bad')
        self.assertEqual(self._get_cells(section, product="Unknown")['vendor']['level'], 'bad')

    def test_vendor_of_today(self):
        product = self._new_product("Lamp", seller_ids=[
            Command.create({'partner_id': self.vendor.id, 'delay': 3, 'date_end': '2031-01-01'}),
            Command.create({'partner_id': self.partner.id, 'delay': 9})])
        cells = self._get_cells(self._get_facts(self._submit_order(lines=[(product, 1)]), 'purchasing')['shortages'],
                                product="Lamp")
        self.assertEqual(cells['vendor']['text'], self.partner.name)


@tagged('post_install', '-at_install')
@freeze_time('2031-03-05 09:00:00')
class TestFactsPromise(FactsCommon):

    def test_lead_time(self):
        self._set_stages('sales')
        self.product_stock.sale_delay = 10
        for promised, level in (('2031-03-20', 'ok'), ('2031-03-10', 'warn'), ('2031-03-01', 'bad'), (False, 'warn')):
            with self.subTest(promised=promised):
                order = self._submit_order(commitment_date=promised and f'{promised} 12:00:00')
                section = self._get_facts(order, 'sales')['promise']
                self.assertEqual(section['level'], level)
                self.assertEqual(self._get_row(section, 'earliest')['value'], '2031-03-15')

    def test_invoice_after_the_delivery_plan(self):
        self._set_stages(
            ('logistics', {'requires_plan': 'delivery'}), ('finance', {'requires_plan': 'payment'}))
        order = self._submit_order(commitment_date='2031-03-20 12:00:00')
        review = self._get_review(order, 'finance')
        self.assertEqual(review.proposed_date, date(2031, 4, 19))
        logistics = self._get_review(order, 'logistics')
        logistics.planned_date = '2031-03-25'
        logistics.action_approve()
        self.env.invalidate_all()
        self.assertEqual(review.proposed_date, date(2031, 4, 24))
