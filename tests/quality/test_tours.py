from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import InspectionCommon


@tagged('post_install', '-at_install')
class TestInspectionTours(InspectionCommon, HttpCase):

    # As wide as a tablet.
    browser_size = '1024x768'

    def test_inspector(self):
        self.lamp.name = "Tour Lamp"
        # Only what is in stock by lot asks for one.
        vase = self._new_product("Tour Vase")
        self._adopt(self._new_policy(inspection_plan_ids=[
            self._plan("Final check", self.lamp, point='delivery', check_ids=[
                Command.create({'name': "Height", 'kind': 'measure', 'minimum': 39.5, 'maximum': 40.5})]),
            self._plan("Chips", vase, point='delivery')]))
        self._put_in_stock(vase, 10)
        order = self._confirm(self._new_order(lines=[(self.lamp, 3), (vase, 5)]))
        self.start_tour(
            f'/odoo/action-stock.action_picking_tree_all/{order.picking_ids.id}', 'order_inspection_obstacle',
            login=self.user_stock.login)
        self.start_tour('/odoo/order-inspections', 'order_inspection', login=self.user_quality.login)
        self.assertRecordValues(self._get_inspections(self.lamp), [{'state': 'passed', 'passed_quantity': 3}])
        self.assertRecordValues(self._get_inspections(vase), [
            {'state': 'failed', 'failed_quantity': 2, 'disposition': 'rework'},
            {'state': 'todo', 'failed_quantity': 0, 'disposition': False}])
