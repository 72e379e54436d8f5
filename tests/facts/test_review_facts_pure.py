"""The judgements and the plan of material, without a database."""
from odoo.tests import BaseCase, tagged

from odoo.addons.sale_order_lifecycle.models.facts.review_facts import (
    get_discount,
    get_margin,
    get_worst,
    judge_credit,
    judge_date,
    judge_load,
    judge_margin,
    judge_overdue,
    judge_price,
    make_section,
    make_table,
)
from odoo.addons.sale_order_lifecycle.models.production.material_plan import (
    MaterialPlan,
    Recipe,
    Source,
    get_first_covered,
)


@tagged('post_install', '-at_install')
class TestJudgements(BaseCase):

    def test_worst(self):
        self.assertIsNone(get_worst([]))
        self.assertEqual(get_worst([None, 'ok']), 'ok')
        self.assertEqual(get_worst(['warn', 'bad', 'ok']), 'bad')

    def test_discount_and_margin(self):
        self.assertAlmostEqual(get_discount(200, 150), 25)
        self.assertAlmostEqual(get_discount(100, 110), -10)
        self.assertEqual(get_discount(0, 110), 0)
        self.assertAlmostEqual(get_margin(100, 60), 40)
        self.assertAlmostEqual(get_margin(100, 130), -30)
        self.assertIsNone(get_margin(0, 60))

    def test_price(self):
        self.assertIsNone(judge_price(100, 1))
        self.assertIsNone(judge_price(0, 1, 10, 80))
        self.assertEqual(judge_price(100, 90, 10, 80), 'ok')
        self.assertEqual(judge_price(100, 89, 10, 80), 'warn')
        self.assertEqual(judge_price(100, 80, 10, 80), 'warn')
        self.assertEqual(judge_price(100, 79.9, 10, 80), 'bad')
        self.assertEqual(judge_price(100, 79.9, 0, 80), 'bad')
        self.assertEqual(judge_price(100, 120, 10, 80), 'ok')

    def test_margin(self):
        self.assertIsNone(judge_margin(None, 20))
        self.assertEqual(judge_margin(-0.1), 'bad')
        self.assertEqual(judge_margin(10), 'ok')
        self.assertEqual(judge_margin(10, 20), 'warn')
        self.assertEqual(judge_margin(20, 20), 'ok')

    def test_money(self):
        self.assertIsNone(judge_credit(500, 0))
        self.assertEqual(judge_credit(800, 1000), 'ok')
        self.assertEqual(judge_credit(801, 1000), 'warn')
        self.assertEqual(judge_credit(1001, 1000), 'bad')
        self.assertEqual(judge_overdue(0, 90), 'ok')
        self.assertEqual(judge_overdue(10, 30), 'warn')
        self.assertEqual(judge_overdue(10, 31), 'bad')

    def test_time(self):
        self.assertIsNone(judge_date(3, None))
        self.assertEqual(judge_date(3, 3), 'ok')
        self.assertEqual(judge_date(4, 3), 'bad')
        self.assertEqual(judge_date(False, 3), 'bad')
        self.assertIsNone(judge_load(None))
        self.assertEqual(judge_load(85), 'ok')
        self.assertEqual(judge_load(100), 'warn')
        self.assertEqual(judge_load(101), 'bad')

    def test_section_is_as_grave_as_its_gravest(self):
        def cell(level):
            return {'kind': 'text', 'value': "x", 'text': "x", 'level': level}

        table = make_table({'a': "A", 'b': "B"}, [[cell('ok'), None], [cell('warn'), cell(None)]])
        self.assertEqual([row['level'] for row in table['rows']], ['ok', 'warn'])
        self.assertEqual(make_section('s', "S", [], table)['level'], 'warn')
        self.assertEqual(make_section('s', "S", [None, {'level': 'bad'}], table)['level'], 'bad')
        self.assertFalse(make_section('s', "S")['level'])


@tagged('post_install', '-at_install')
class TestMaterialPlan(BaseCase):

    def test_first_covered(self):
        projection = [(0, 5), (3, 2), (6, 9)]
        self.assertEqual(get_first_covered(projection, 2), 0)
        self.assertEqual(get_first_covered(projection, 3), 6)
        self.assertIsNone(get_first_covered(projection, 10))
        self.assertIsNone(get_first_covered([], 1))

    def test_from_stock(self):
        plan = MaterialPlan({'lamp': 10}, sources={'lamp': Source("V", 5)})
        self.assertEqual(plan.add('lamp', 4), 0)
        self.assertEqual(plan.add('lamp', 6), 0)
        # What one line takes is not there for the next.
        self.assertEqual(plan.add('lamp', 1), 5)
        self.assertEqual(plan.bought, {'lamp': 1})
        self.assertEqual(plan.needed, {'lamp': 11})

    def test_what_is_not_stored_is_there(self):
        self.assertEqual(MaterialPlan().add('glue', 100), 0)

    def test_reserved_stock_is_not_free(self):
        plan = MaterialPlan({'lamp': -3}, sources={'lamp': Source("V", 5)})
        self.assertEqual(plan.add('lamp', 4), 5)
        self.assertEqual(plan.bought, {'lamp': 4})

    def test_on_its_way(self):
        plan = MaterialPlan({'lamp': 1}, {'lamp': [(0, 1), (7, 8)]}, sources={'lamp': Source("V", 5)})
        self.assertEqual(plan.add('lamp', 8), 7)
        self.assertEqual(plan.bought, {})
        self.assertEqual(plan.add('lamp', 1), 5)

    def test_made_from_what_is_bought(self):
        plan = MaterialPlan(
            {'lamp': 2, 'shade': 3, 'foot': 100},
            recipes={'lamp': Recipe(False, 4, (('shade', 1), ('foot', 2)))}, sources={'shade': Source("V", 6)})
        self.assertEqual(plan.add('lamp', 10), 10)
        self.assertEqual(plan.made, {'lamp': 8})
        self.assertEqual(plan.bought, {'shade': 5})
        self.assertEqual(plan.needed, {'lamp': 10, 'shade': 8, 'foot': 16})
        self.assertEqual(plan.days, {'lamp': 10, 'shade': 6, 'foot': 0})

    def test_nobody_supplies(self):
        plan = MaterialPlan({'lamp': 0, 'shade': 0}, recipes={'lamp': Recipe(False, 4, (('shade', 1),))})
        self.assertIsNone(plan.add('lamp', 1))
        self.assertIsNone(plan.days['lamp'])
        self.assertEqual(plan.bought, {'shade': 1})

    def test_kit(self):
        plan = MaterialPlan(
            {'set': 0, 'cup': 10, 'plate': 1}, recipes={'set': Recipe(True, 9, (('cup', 2), ('plate', 1)))},
            sources={'plate': Source("V", 3)})
        self.assertEqual(plan.add('set', 2), 3)
        self.assertEqual(plan.bought, {'plate': 1})
        self.assertNotIn('set', plan.needed)

    def test_a_circle_ends(self):
        recipes = {'a': Recipe(False, 1, (('b', 1),)), 'b': Recipe(False, 1, (('a', 1),))}
        self.assertIsNone(MaterialPlan({'a': 0, 'b': 0}, recipes=recipes).add('a', 1))
