from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..facts.common import FactsCommon


@tagged('post_install', '-at_install')
class TestInspectionPlan(FactsCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env['product.category'].create({'name': "Lamps"})
        cls.below = cls.env['product.category'].create({'name': "Table Lamps", 'parent_id': cls.category.id})
        cls.lamp = cls._new_product("Lamp", categ_id=cls.below.id, tracking='serial')
        cls.plans = {
            'inspection_plan_ids': [
                Command.create({
                    'name': "Light", 'categ_ids': [Command.set(cls.category.ids)], 'point': 'production',
                    'check_ids': [
                        Command.create({'name': "It shines"}),
                        Command.create({
                            'name': "Height", 'kind': 'measure', 'minimum': 39.5, 'maximum': 40.5,
                            'uom_id': cls.env.ref('uom.product_uom_cm').id})]}),
                Command.create({
                    'name': "Packing", 'product_ids': [Command.set(cls.product_stock.ids)], 'frequency': 'interval',
                    'interval': 5, 'sample_percent': 20}),
            ]}

    def _get_policy(self):
        return self._new_policy(stages=[('quality', 10)], **self.plans)

    def test_which_apply(self):
        plans = self._get_policy().inspection_plan_ids
        light, packing = plans
        self.assertEqual(plans._filter_for(self.lamp), light)
        self.assertEqual(plans._filter_for(self.product_stock), packing)
        self.assertFalse(plans._filter_for(self.product_service))
        self.assertFalse(plans._filter_for(self._new_product("Other")))
        packing.product_ids = False
        self.assertEqual(plans._filter_for(self.lamp), plans)
        self.assertFalse(plans._filter_for(self.product_service))
        packing.active = False
        self.assertEqual(plans._filter_for(self.lamp), light)

    def test_facts(self):
        self._adopt(self._get_policy())
        other = self._new_product("Other")
        order = self._submit_order(lines=[(self.lamp, 1), (other, 1), (self.product_service, 1)])
        facts = self._get_facts(order, 'quality')
        section = facts['inspection']
        self.assertEqual((self._get_row(section, 'covered')['text'], section['level']), ("1 of 2", 'warn'))
        cells = self._get_cells(section, product="Lamp")
        self.assertEqual((cells['plan']['text'], cells['point']['text']), ("Light", "After Production"))
        self.assertEqual(cells['checks']['text'], "It shines: in order; Height: 39.50 to 40.50 cm")
        self.assertEqual(self._get_cells(section, product="Other")['plan']['level'], 'warn')
        self.assertEqual(self._get_row(facts['tracking'], 'tracked')['text'], "1 of 2")
        self.assertIn("Serial", self._get_cells(facts['tracking'], product="Lamp")['tracking']['text'])

    def test_without_plans(self):
        self._set_stages('quality')
        section = self._get_facts(self._submit_order(), 'quality')['inspection']
        self.assertFalse(section['level'])

    def test_limits(self):
        for vals in (
            {'frequency': 'interval', 'interval': 1}, {'sample_percent': 0}, {'sample_percent': 101},
            {'check_ids': [Command.create({'name': "Height", 'kind': 'measure', 'minimum': 2, 'maximum': 1})]},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self._new_policy(inspection_plan_ids=[Command.create({'name': "Plan", **vals})])

    def test_fixed_in_force(self):
        policy = self._adopt(self._get_policy())
        plan = policy.inspection_plan_ids[0].with_user(self.user_manager)
        for attempt in (
            lambda: plan.write({'sample_percent': 1}),
            lambda: plan.check_ids[0].write({'name': "Nothing"}),
            plan.check_ids[0].unlink,
            plan.unlink,
            lambda: plan.copy({'policy_id': policy.id}),
            lambda: policy.with_user(self.user_manager).write({'inspection_plan_ids': [Command.clear()]}),
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_who_may(self):
        plan = self._get_policy().inspection_plan_ids[0]
        plan.with_user(self.user_manager).sample_percent = 50
        self.assertEqual(plan.sample_percent, 50)
        for login in ('quality', 'sales', 'production'):
            own = plan.with_user(self.users_by_login[login])
            with self.subTest(login=login):
                self.assertEqual(own.name, "Light")
                with self.assertRaises(AccessError):
                    own.sample_percent = 1
        self.assertFalse(plan.with_user(self.user_employee).has_access('read'))
        other = self._new_company()
        foreign = self._new_policy(other, inspection_plan_ids=[Command.create({'name': "Theirs"})])
        self.assertFalse(foreign.inspection_plan_ids.with_user(self.user_manager).has_access('read'))

    def test_copied_and_compared(self):
        policy = self._adopt(self._get_policy())
        version = self.env['order.policy'].browse(
            policy.with_user(self.user_manager).action_new_version()['res_id'])
        self.assertEqual(version.inspection_plan_ids.mapped('name'), ["Light", "Packing"])
        self.assertEqual(version.inspection_plan_ids.check_ids.mapped('name'), ["It shines", "Height"])
        version.inspection_plan_ids.check_ids[1].maximum = 42
        self.assertIn("42.00", version.version_changes)

    def test_printed(self):
        policy = self._get_policy()
        html = self.env['ir.actions.report']._render_qweb_html(
            'sale_order_lifecycle.report_policy', policy.ids)[0].decode()
        for text in (
                "Inspection of Products", "Light", "Height", "39.50 to 40.50 cm", "one batch of 5, 20 % of the batch"):
            self.assertIn(text, html)
        self.assertNotIn("Inspection of Products", str(self._new_policy()._get_report_chapters()))
