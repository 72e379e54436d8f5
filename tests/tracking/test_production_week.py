from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..common import LifecycleCommon

# A Wednesday.
TODAY = '2026-05-06 08:00:00'


@tagged('post_install', '-at_install')
@freeze_time(TODAY)
class TestProductionWeek(LifecycleCommon):
    """What production has to do in a week for orders, and what is missing (article F1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env.ref('sale_order_lifecycle.mrp_production_action_week')
        cls.arch = cls.env.ref('sale_order_lifecycle.mrp_production_view_search_week')

    def _new_production(self, start=None, promised='2026-05-29 12:00:00', **vals):
        order = self._confirm(self._new_order(
            lines=[(self._new_manufactured_product("Table"), 1)], commitment_date=promised, **vals))
        if start:
            order.production_ids.write({'date_start': start, 'date_finished': start})
        return order.production_ids

    def _find(self, productions, *names):
        """:return: those of these that a planner finds with the filters"""
        self.env.flush_all()
        Production = self.env['mrp.production'].with_user(self.user_mrp)
        domain = safe_eval(self.action.domain)
        for name in names:
            node = self.env['ir.ui.view'].browse(self.arch.id)
            text = node._get_combined_arch().xpath(f"//filter[@name='{name}']")[0].get('domain')
            domain = [*domain, *safe_eval(text, {'uid': self.user_mrp.id})]
        return Production.search([*domain, ('id', 'in', productions.ids)]).with_env(self.env)

    def test_filters(self):
        late, monday, sunday, next_week, later = all_five = self.env['mrp.production'].concat(*(
            self._new_production(start) for start in (
                datetime(2026, 5, 1, 9), datetime(2026, 5, 4, 9), datetime(2026, 5, 9, 9), datetime(2026, 5, 12, 9),
                datetime(2026, 6, 12, 9))))
        soon = self._new_production(datetime(2026, 5, 20, 9), promised='2026-05-08 12:00:00')
        plain = self.env['mrp.production'].create({'product_id': late.product_id.id, 'product_qty': 1})
        plain.action_confirm()
        everything = all_five + soon + plain
        self.assertEqual(self._find(everything), all_five + soon)
        self.assertEqual(self._find(everything, 'this_week'), monday + sunday)
        self.assertEqual(self._find(everything, 'next_week'), next_week)
        # Planned after the promised day, or begun neither on its day.
        self.assertEqual(self._find(everything, 'late'), late + monday + later + soon)
        self.assertEqual(self._find(everything, 'promised_this_week'), soon)
        self.assertFalse(self._find(everything, 'mine'))
        sunday.user_id = self.user_mrp
        self.assertEqual(self._find(everything, 'mine'), sunday)
        (all_five + soon).filtered(lambda row: row != sunday).action_cancel()
        self.assertEqual(self._find(everything), sunday)

    def test_what_is_missing(self):
        production = self._new_production()
        own = production.with_user(self.user_mrp)
        self.assertEqual(own.missing_for_order, "Components")
        self.assertEqual(own.promised_date, date(2026, 5, 29))
        self._put_in_stock(production.move_raw_ids.product_id, 10)
        purchase = production.move_raw_ids.created_purchase_line_ids.order_id
        purchase.button_confirm()
        self._deliver(purchase.picking_ids)
        self.env.invalidate_all()
        self.assertFalse(own.missing_for_order)
        self.env['order.inspection'].create({
            'product_id': production.product_id.id, 'production_id': production.id, 'company_id': self.company.id,
            'quantity': 1, 'uom_id': production.product_id.uom_id.id, 'point': 'production'})
        self.env.invalidate_all()
        self.assertEqual(own.missing_for_order, "Inspections: 1")

    def test_queries(self):
        def count(size):
            productions = self.env['mrp.production'].concat(*(self._new_production() for _index in range(size)))
            own = productions.with_user(self.user_mrp)
            names = ['product_id', 'promised_date', 'is_promise_late', 'sale_order_ids', 'missing_for_order', 'state']
            own.read(names)
            return self._count_queries(lambda: own.read(names))
        self.assertSameCounts(count)
