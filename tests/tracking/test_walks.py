"""Three orders from registration to goods ready, each with one thing that goes wrong and is put right."""
from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import LifecycleCommon

# Monday; nobody's calendar has other working days than Monday to Friday.
FIRST_DAY = datetime(2026, 5, 4, 9)
PROMISED = date(2026, 5, 22)
PRODUCED = date(2026, 5, 15)
DELIVERED = date(2026, 5, 21)


@tagged('post_install', '-at_install')
@freeze_time(FIRST_DAY)
class TestWalks(LifecycleCommon):
    """Every step is that of a person with the rights of one role, by the actions that the screens have.

    A table is made of two frames, a frame of two bolts that are bought; bolts and vases are inspected when they are
    received, tables when they are made.
    """

    @classmethod
    def _set_up_policy(cls):
        # Products first: the inspection plans name them.
        cls._set_up_products()
        cls.bolt = cls._new_purchased_product("Bolt")
        cls.frame = cls._new_manufactured_product("Frame", component=cls.bolt)
        cls.table = cls._new_manufactured_product("Table", component=cls.frame)
        cls.vase = cls._new_purchased_product("Vase", tracking='lot')
        super()._set_up_policy()

    @classmethod
    def _set_up_users(cls):
        super()._set_up_users()
        # In core nobody buys parts of a manufacturing order without a right to read it.
        cls.users_by_login['purchaser'] = cls._new_user(
            'purchaser', 'purchase.group_purchase_user,stock.group_stock_user')

    @classmethod
    def _new_policy(cls, company=None, **vals):
        return super()._new_policy(company, stages=(
            ('sales', 10), ('finance', 20), ('production', 30, {'requires_plan': 'production'}),
            ('logistics', 30, {'requires_plan': 'delivery'})), **{
                'require_customer_confirmation': True, 'detects_incidents': True, 'incident_hours': 16,
                'progress_interval_days': 5, 'progress_hours': 8, 'require_inspection': True,
                'intake_rule_ids': [Command.create({
                    'name': "Date", 'domain': "[('commitment_date', '!=', False)]", 'message': "Enter the date."})],
                'inspection_plan_ids': [
                    cls._plan("Incoming goods", 'receipt', cls.bolt, cls.vase),
                    cls._plan("Finished tables", 'production', cls.table),
                    cls._plan("Before delivery", 'delivery', cls.product_stock)],
                **vals})

    @classmethod
    def _plan(cls, name, point, *products):
        return Command.create({
            'name': name, 'point': point, 'product_ids': [Command.set([product.id for product in products])]})

    # -- what people do -------------------------------------------------------------------------

    def _as(self, record, login):
        """:return: the record for a person, as in a new request"""
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_user(self.users_by_login[login]).sudo(False)

    def _walk_to_confirmation(self, *lines):
        """Register an order, complete it, confirm it with the customer, have it reviewed and planned, and accept it."""
        order = self._new_order(lines=lines, commitment_date=False)
        self._as(order, 'sales').action_register()
        self.assertEqual(
            (order.missing_summary, order.is_complete, order.lifecycle_phase), ("Enter the date.", False, 'intake'))
        with self.assertRaises(UserError):
            self._as(order, 'sales').action_submit_review()
        self._as(order, 'sales').promised_date = PROMISED
        self.assertTrue(order.needs_customer_confirmation)
        self._as(order, 'sales').action_confirm_customer('phone', "As ordered.")
        self.assertFalse(order.needs_customer_confirmation)
        self._as(order, 'sales').action_submit_review()
        for login, planned in (
                ('sales', None), ('finance', None), ('production', PRODUCED), ('logistics', DELIVERED)):
            review = self._as(self._get_pending_reviews(order).filtered(
                lambda row, login=login: row.role_id.code == login), login)
            if planned:
                review.planned_date = planned
            review.action_approve()
        self._as(order, 'sales').action_confirm()
        self.assertRecordValues(order, [{
            'state': 'sale', 'promised_date': PROMISED, 'planned_production_date': PRODUCED,
            'planned_delivery_date': DELIVERED, 'incident_count': 0}])
        self.assertTimeline(
            order, ('registered', 'done'), ('customer_confirmed', 'done'), ('submitted', 'done'), ('review', 'done'),
            ('confirmed', 'done'), ('promised', 'open'))
        return order

    def _detect(self, order, trigger):
        """:return: the incident that the scheduled action opens on an order; another run finds nothing new"""
        before = order.incident_ids
        for _run in range(2):
            order._detect_incidents()
        [incident] = order.incident_ids - before
        self.assertRecordValues(incident, [{'trigger': trigger, 'state': 'open', 'raised_by_id': False}])
        self.assertTimeline(order, ('incident', 'open'))
        return incident

    def _put_right(self, incident, login, measure, new_date=None):
        """A department says what it does; the customer is told the new date, if any, and the incident is resolved."""
        order = incident.order_id
        with self.assertRaises(UserError):
            self._as(incident, login).action_resolve()
        self._as(incident, login).action_act(measure, new_date)
        if new_date:
            self.assertTrue(incident.is_to_tell)
            with self.assertRaises(UserError):
                self._as(incident, login).action_tell_customer()
            self._as(incident, 'sales').action_tell_customer()
            self.assertFalse(incident.is_to_tell)
            self.assertEqual(len(order.message_ids.filtered(lambda message: (
                self.partner in message.partner_ids and message.message_type == 'comment'))), 1)
        self._as(incident, login).action_resolve(fault_role_code=login)
        # The promise that was accepted stays.
        self.assertRecordValues(order, [{
            'promised_date': PROMISED, 'told_date': new_date or False, 'open_incident_count': 0, 'incident_count': 1}])
        self.assertRecordValues(incident, [{'state': 'resolved', 'measure': measure}])
        self.assertTimeline(order, ('incident', 'done'))

    def _receive(self, order, lot=None):
        """Purchasing confirms, and the goods come in.

        :return: the inspections of them
        """
        purchases = order.purchase_ids
        self._as(purchases.filtered(lambda purchase: purchase.state == 'draft'), 'purchaser').button_confirm()
        picking = self._as(purchases.picking_ids, 'stock')
        if lot:
            picking.move_ids.move_line_ids.lot_name = lot
        self._deliver(picking)
        return order.inspection_ids.filtered(lambda row: row.point == 'receipt' and row.state == 'todo')

    def _produce(self, production):
        own = self._as(production, 'mrp')
        own.action_assign()
        self.assertEqual(production.reservation_state, 'assigned')
        own.qty_producing = own.product_qty
        own.move_raw_ids.picked = True
        self.assertIs(own.button_mark_done(), True)

    # -- what is asked --------------------------------------------------------------------------

    def assertTimeline(self, order, *expected):
        """:param expected: pairs (kind, state) that the salesperson finds in the timeline"""
        rows = self._as(order, 'sales').get_timeline()
        found = {(row['kind'], row['state']) for row in rows}
        self.assertLessEqual(set(expected), found)

    def assertProgress(self, order, waits=(), **percents):
        own = self._as(order, 'production')
        self.assertEqual({part['kind']: part['percent'] for part in own.progress_summary}, percents)
        for role in waits:
            self.assertIn(role, own.waiting_for)

    def assertReady(self, order, **percents):
        """The goods of an order are ready, and nothing about it is open but their delivery."""
        self.assertProgress(order, ["Logistics"], **percents)
        self.assertRecordValues(order, [{
            'fulfilment_state': 'ready', 'lifecycle_phase': 'delivery', 'inspection_state': 'passed',
            'ready_at': fields.Datetime.now(), 'open_incident_count': 0, 'promised_date': PROMISED}])
        self.assertTimeline(
            order, ('ready', 'done'), ('inspection', 'done'), ('transfer', 'open'), ('incident', 'done'))

    # -- the orders -----------------------------------------------------------------------------

    def test_product_whose_vendor_is_late(self):
        order = self._walk_to_confirmation((self.table, 2))
        self.assertEqual(order.production_ids.product_id, self.table | self.frame)
        frame, table = (order.production_ids.filtered(
            lambda row, product=product: row.product_id == product) for product in (self.frame, self.table))
        self.assertEqual(table.date_finished.date(), PRODUCED)
        self.assertProgress(order, ["Production", "Purchasing"], purchase=0, production=0, delivery=0)

        with freeze_time(FIRST_DAY + timedelta(days=1)):
            line = self._as(order.purchase_ids, 'purchaser').order_line
            line.date_planned = datetime(2026, 5, 25, 9)
            incident = self._detect(order, 'supplier')
            self.assertIn(line.order_id.name, incident.description)
            self.assertEqual(incident.role_ids, self._role('purchasing'))
            self.assertIn("Purchasing (incident)", self._as(order, 'sales').waiting_for)
            self._put_right(incident, 'purchasing', "Half of it comes by express.", date(2026, 5, 27))
            self.assertEqual(incident.fault_role_id, self._role('purchasing'))

        with freeze_time(FIRST_DAY + timedelta(days=7)):
            # The regular report is due: purchasing is later than promised and is asked, of production the records tell.
            self.env['sale.order']._find_due_for_progress()._open_progress_requests()
            [request] = order.progress_ids.filtered(lambda row: row.state == 'requested')
            self.assertEqual(request.role_id.code, 'purchasing')
            with self.assertRaises(UserError):
                self._as(request, 'logistics').action_report(50, '2026-05-20')
            self._as(request, 'purchasing').action_report(50, '2026-05-20', "Half of it is on its way.")
            self.assertTimeline(order, ('progress', 'done'))

            inspection = self._receive(order)
            self.assertRecordValues(inspection, [{'product_id': self.bolt.id, 'quantity': 8, 'order_ids': order.ids}])
            self.assertEqual(order.inspection_state, 'todo')
            self._as(inspection, 'quality').action_pass()
            self.assertEqual(order.inspection_state, 'passed')
            self.assertProgress(order, ["Production"], purchase=100, production=0, delivery=0)
            self._produce(frame)
            self.assertProgress(order, ["Production"], purchase=100, production=50, delivery=0)
            self._produce(table)
            [inspection] = order.inspection_ids.filtered(lambda row: row.point == 'production')
            self.assertEqual((order.inspection_state, inspection.quantity), ('todo', 2))
            self._as(inspection, 'quality').action_pass()
            self._as(order.picking_ids, 'stock').action_assign()
            self.assertReady(order, purchase=100, production=100, delivery=0)

    def test_service_whose_machine_is_late(self):
        order = self._walk_to_confirmation((self.product_service, 3))
        self.assertFalse(order.progress_summary or order.production_ids or order.purchase_ids or order.picking_ids)
        with freeze_time(FIRST_DAY + timedelta(days=2)):
            self._as(order, 'sales').action_urge('production', "The customer asks when the crane comes.")
            self.assertTimeline(order, ('progress', 'open'))
            self._as(order.progress_ids, 'production').action_report(20, '2026-05-26', "The crane is under repair.")
            self.assertTimeline(order, ('progress', 'done'))
            incident = self._detect(order, 'forecast')
            self.assertEqual(incident.role_ids, self._role('production'))
            self._put_right(incident, 'production', "A crane is rented.", date(2026, 5, 26))
        with freeze_time(datetime(2026, 5, 25, 9)):
            # What was promised counts, not what the customer was told.
            self.env.invalidate_all()
            self.assertTrue(order.is_late)
            with self.assertRaises(UserError):
                self._as(order.order_line, 'production').qty_delivered = 3
            self._as(order.order_line, 'sales').qty_delivered = 3
            self.assertRecordValues(order, [{
                'fulfilment_state': 'done', 'lifecycle_phase': 'settlement', 'is_late': True,
                'fulfilled_at': datetime(2026, 5, 25, 9), 'told_date': date(2026, 5, 26)}])
            self.assertTimeline(order, ('fulfilled', 'done'), ('incident', 'done'))

    def test_mixed_order_of_which_a_part_fails(self):
        order = self._walk_to_confirmation((self.vase, 10), (self.product_stock, 5), (self.product_service, 1))
        self.assertProgress(order, ["Purchasing", "Logistics"], purchase=0, stock=100, delivery=0)
        with freeze_time(FIRST_DAY + timedelta(days=3)):
            inspection = self._receive(order, "LOT-1")
            self.assertEqual((inspection.quantity, inspection.lot_id.name), (10, "LOT-1"))
            self._as(inspection, 'quality').action_fail("Cracked", 2)
            self.assertEqual(order.inspection_state, 'failed')
            [incident] = order.incident_ids
            self.assertRecordValues(incident, [{'trigger': 'inspection', 'kind': 'quality', 'state': 'open'}])
            self.assertIn(self._role('quality'), incident.role_ids)
            # Two do not leave, whoever ships; the eight that have passed may.
            with self.assertRaises(UserError):
                self._deliver(self._as(order.picking_ids, 'stock'), {self.vase: 10})
        with freeze_time(FIRST_DAY + timedelta(days=4)):
            again = self._as(inspection, 'quality').action_rework()
            self.assertEqual((again.quantity, again.state, order.inspection_state), (2, 'todo', 'todo'))
            self._put_right(incident, 'quality', "The glazier repairs two of them.")
            self._as(again, 'quality').action_pass()
            self._as(order.inspection_ids.filtered(lambda row: row.point == 'delivery'), 'quality').action_pass()
            self._as(order.picking_ids, 'stock').action_assign()
            self.assertProgress(order, ["Logistics"], purchase=100, stock=100, delivery=0)
            self.assertRecordValues(order, [{
                'fulfilment_state': 'ready', 'inspection_state': 'passed', 'open_incident_count': 0}])
            self.assertTimeline(order, ('ready', 'done'), ('inspection', 'done'), ('incident', 'done'))
            self._deliver(self._as(order.picking_ids, 'stock'))
            self.assertEqual(order.fulfilment_state, 'partial')
            self._as(order.order_line[-1], 'sales').qty_delivered = 1
            self.assertRecordValues(order, [{'fulfilment_state': 'done', 'is_late': False}])
