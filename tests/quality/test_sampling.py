from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import InspectionCommon


@tagged('post_install', '-at_install')
class TestSampling(InspectionCommon):

    @classmethod
    def _new_policy(cls, company=None, **vals):
        if not company or company == cls.company:
            vals.setdefault('inspection_plan_ids', [
                cls._plan("AQL of parts", cls.part, point='receipt', sampling='aql', aql='1.0', check_ids=[
                    Command.create({'name': "No rust"})]),
                cls._plan("Lamps", cls.lamp, point='delivery', sampling='count', sample_size=3, acceptance_number=1)])
        return super()._new_policy(company, **vals)

    def _receive_sampled(self):
        self._receive(self.part, 1000)
        return self._get_inspections(self.part, state='todo')[-1:]

    def _record(self, *defects):
        """Receive batches of 1000 and record so many defective pieces of each.

        :return: list of their severities and samples"""
        found = []
        for count in defects:
            inspection = self._receive_sampled()
            found.append((inspection.severity, inspection.sample_quantity))
            inspection.action_record_sample(count, "Rust" if count else None)
        return found

    def test_verdict(self):
        # 1000 pieces, level II: J, 80 pieces, Ac 2 and Re 3.
        inspection = self._receive_sampled()
        self.assertRecordValues(inspection, [{
            'code_letter': 'J', 'sample_quantity': 80, 'acceptance_number': 2, 'rejection_number': 3,
            'severity': 'normal', 'vendor_id': self.vendor.id, 'has_verdict': True}])
        for attempt in (
                lambda: inspection.action_record_sample(2), lambda: inspection.action_record_sample(-1, "Rust"),
                lambda: inspection.action_record_sample(81, "Rust"),
                lambda: inspection.action_record_sample(1.5, "Rust"),
                lambda: inspection.action_record_sample(True, "Rust"),
                lambda: inspection.action_record_sample([2], "Rust"),
                lambda: inspection.action_record_sample(None, "Rust"),
                lambda: inspection.action_record_sample(2, "Rust", 50)):
            with self.assertRaises(UserError):
                attempt()
        inspection.action_record_sample(2, "Rust", 80)
        self.assertRecordValues(inspection, [{
            'state': 'passed', 'verdict': 'accepted', 'defect_count': 2, 'passed_quantity': 998, 'failed_quantity': 2,
            'held_quantity': 2, 'judged_by_id': self.user_quality.id, 'can_dispose': True}])
        self.assertIn(inspection, inspection.search([('failed_quantity', '>', 0), ('disposition', '=', False)]))
        # What was set aside is looked at piece by piece.
        again = inspection.action_rework()
        self.assertRecordValues(again, [{
            'quantity': 2, 'sample_quantity': 2, 'has_verdict': False, 'vendor_id': self.vendor.id}])
        again.action_fail("Still rusty", 1)
        self.assertRecordValues(again, [{'state': 'failed', 'verdict': False, 'passed_quantity': 1}])

    def test_nobody_passes_against_the_verdict(self):
        inspection = self._receive_sampled()
        inspection.action_fail("Rust", 3)
        self.assertRecordValues(inspection, [{
            'state': 'failed', 'verdict': 'rejected', 'defect_count': 3, 'passed_quantity': 0, 'failed_quantity': 1000,
            'held_quantity': 1000}])
        order = self._confirm(self._new_order(lines=[(self.part, 8)]))
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)
        for attempt in (inspection.action_pass, lambda: inspection.action_record_sample(0)):
            with self.assertRaises(UserError):
                attempt()
        # A check that is not in order is a defective piece.
        other = self._receive_sampled()
        other.check_ids.result = 'fail'
        for attempt in (other.action_pass, lambda: other.action_record_sample(0)):
            with self.assertRefused("is not in order"):
                attempt()
        # The reworked batch is sampled again, and does not count for the series.
        again = inspection.action_rework()
        self.assertEqual((again.sample_quantity, again.acceptance_number, again.severity), (80, 2, 'normal'))
        with self.assertRaises(AccessError):
            again.with_user(self.user_stock).action_record_sample(0)
        again.action_record_sample(0)
        self._deliver(order.picking_ids)

    def test_before_delivery(self):
        """A number of pieces with an acceptance number; what was set aside is missing of the delivery."""
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        inspection = self._get_inspections(self.lamp)
        self.assertEqual((inspection.sample_quantity, inspection.acceptance_number, inspection.severity), (3, 1, False))
        action = inspection.action_open_failing()
        dialog = self.env['order.inspection.failing'].with_user(self.user_quality).with_context(
            action['context']).create({'defect_count': 1, 'note': "Dark"})
        self.assertEqual((dialog.is_sampled, dialog.sample_quantity, dialog.rejection_number), (True, 3, 2))
        dialog.action_apply()
        self.assertRecordValues(inspection, [{'state': 'passed', 'passed_quantity': 9, 'failed_quantity': 1}])
        with self.assertRefused("9 Units have passed"):
            self._deliver(order.picking_ids)
        self._deliver(order.picking_ids, {self.lamp: 9})
        inspection.action_scrap("Dark")
        replaced = self._get_inspections(self.lamp, state='todo')
        self.assertEqual((replaced.quantity, replaced.sample_quantity), (1, 1))
        replaced.action_pass()
        self.assertEqual(replaced.verdict, 'accepted')

    def test_severity_follows(self):
        """Normal, tightened, stopped, resumed, normal again; other vendors have a series of their own."""
        now = fields.Datetime.now()
        with freeze_time(now) as clock:
            self.assertEqual(self._record(3, 0), [('normal', 80)] * 2)
            open_one = self._receive_sampled()
            self.assertEqual(self._record(3), [('normal', 80)])
            # What was to be inspected already follows: 80 pieces, Ac 1.
            self.assertEqual((open_one.severity, open_one.acceptance_number), ('tightened', 1))
            mine, self.vendor = self.vendor, self.env['res.partner'].create({'name': "Other Vendor"})
            self.assertEqual(self._record(0), [('normal', 80)])
            self.vendor = mine
            clock.tick(60)
            open_one.action_record_sample(2, "Rust")
            self.assertEqual(self._record(2, 2, 0, 2, 2), [('tightened', 80)] * 5)
            told = self._get_inspections(self.part, severity='tightened')[-1:]
            self.assertIn("sampling has stopped", str(told.message_ids.mapped('body')))
            stopped = self._receive_sampled()
            self.assertRecordValues(stopped, [{
                'severity': 'stopped', 'has_verdict': False, 'sample_quantity': 1000, 'can_resume': True}])
            stopped.action_fail("Rust", 1)
            self.assertEqual((stopped.state, stopped.passed_quantity), ('failed', 999))
            last = self._receive_sampled()
            self.assertEqual(last.severity, 'stopped')
            for attempt in (
                    lambda: last.action_resume_sampling(""), lambda: stopped.action_resume_sampling("New tools")):
                with self.assertRaises(UserError):
                    attempt()
            with self.assertRaises(AccessError):
                last.with_user(self.user_stock).action_resume_sampling("New tools")
            action = last.action_open_resuming()
            self.env['order.inspection.resuming'].with_user(self.user_quality).with_context(action['context']).create({
                'measure': "New tools"}).action_apply()
            self.assertEqual((last.severity, last.resume_note, last.acceptance_number), ('tightened', "New tools", 1))
        with freeze_time(now + timedelta(hours=1)):
            last.action_record_sample(1, "Rust")
            self.assertEqual(self._record(0, 0, 0, 0, 0), [('tightened', 80)] * 4 + [('normal', 80)])

    def test_reduced(self):
        """After ten good batches 32 pieces are enough until one is rejected, whatever version the policy has."""
        for _number in range(2):
            for _batch in range(5):
                self._receive(self.part, 1000)
            self._get_inspections(self.part, state='todo').action_pass()
        self.assertEqual(self._record(0), [('reduced', 32)])
        version = self.env['order.policy'].browse(
            self.policy.with_user(self.user_manager).action_new_version()['res_id'])
        version.with_user(self.user_manager).action_adopt()
        self.assertEqual(self._record(2), [('reduced', 32)])
        self.assertEqual(self._record(0), [('normal', 80)])

    def test_plans(self):
        for vals in (
                {'sampling': 'count', 'sample_size': 0},
                {'sampling': 'count', 'sample_size': 2, 'acceptance_number': 2},
                {'sampling': 'count', 'acceptance_number': -1}):
            with self.assertRaises(ValidationError):
                self._new_policy(inspection_plan_ids=[self._plan("Plan", **vals)])
        self.assertEqual(
            self.policy.inspection_plan_ids.mapped(lambda plan: plan._describe_frequency()),
            ["every batch, sampled by GB/T 2828.1, level II, AQL 1.0",
             "every batch, 3 pieces of the batch, Ac 1, Re 2"])
        inspection = self._receive_sampled()
        inspection.action_record_sample(1, "Rust")
        html = self.env['ir.actions.report'].with_user(self.user_quality)._render_qweb_html(
            'sale_order_lifecycle.report_inspection', inspection.ids)[0].decode()
        for text in ("Sampling", "Normal Inspection", "Accepted", self.vendor.name):
            self.assertIn(text, html)
        self.assertIn('sample_quantity', inspection._get_dossier_fields())

    def test_queries(self):
        """The series of 20 products take as many queries as that of one."""
        products = self.env['product.product'].union(*(
            self._new_product(f"Part {number}", is_storable=True) for number in range(25)))
        self._adopt(self._new_policy(inspection_plan_ids=[
            self._plan("AQL", *products, point='receipt', sampling='aql')]))
        for product in products:
            self._receive(product, 100)
            self._get_inspections(product).action_record_sample(0)
            self._receive(product, 100)

        def get_counts(number):
            inspections = self._get_inspections(products[0]).browse()
            for product in products:
                inspections |= self._get_inspections(product, state='todo')
            inspections = inspections[:number]
            inspections.mapped('sample_quantity')
            return self._count_queries(lambda rows: rows.action_record_sample(0), inspections)

        self.assertSameCounts(get_counts, more=2)
