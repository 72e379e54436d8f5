from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestFactsOnRecord(LifecycleCommon):
    """Nobody writes the facts of a delivery; they happen by transfers and by what sales enters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open_order, cls.order = cls._confirm(cls._new_order(count=2))
        cls._deliver(cls.order.picking_ids)
        cls.move = cls.order.order_line.move_ids
        cls.picking = cls.order.picking_ids
        cls.hands = (cls.user_sales, cls.user_stock, cls.user_sales_manager, cls.user_mrp)

    def test_delivered_quantity_of_goods(self):
        for user in self.hands:
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self.open_order.order_line.with_user(user).qty_delivered = 5
        # The same value again is what clients send that write whole records back.
        self.order.order_line.with_user(self.user_sales).qty_delivered = 5

    def test_delivered_quantity_of_services_is_entered_by_sales(self):
        order = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        for user in (self.user_stock, self.user_mrp):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                order.order_line.with_user(user).qty_delivered = 1
        order.order_line.with_user(self.user_sales).qty_delivered = 1
        self.assertEqual(order.fulfilment_state, 'done')

    def test_date_of_a_delivery(self):
        fulfilled_at = self.order.fulfilled_at
        for user in (self.user_sales, self.user_stock, self.user_sales_manager):
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    self.move.with_user(user).date = '2026-01-01'
                with self.assertRaises(UserError):
                    self.picking.with_user(user).date_done = '2026-01-01'
                with self.assertRaises(UserError):
                    self.picking.with_user(user).date_done = False
        self.assertEqual(self.order.fulfilled_at, fulfilled_at)

    def test_what_facts_are_computed_from(self):
        """The place of a move follows that of its transfer, its reference the name: when it is done, neither does."""
        fulfilled_at = self.order.fulfilled_at
        stock = self.warehouse.lot_stock_id
        for vals in ({'location_dest_id': stock.id}, {'name': "WH/OUT/99999"}, {'move_ids': [[1, self.move.id, {
                'location_dest_id': stock.id}]]}):
            with self.subTest(vals=vals), self.assertRaises(UserError), self.env.cr.savepoint():
                self.picking.with_user(self.user_stock).write(vals)
        self.env.invalidate_all()
        self.assertEqual((self.order.fulfilment_state, self.order.fulfilled_at), ('done', fulfilled_at))

    def test_date_entered_beforehand_is_replaced(self):
        picking = self.open_order.picking_ids
        picking.with_user(self.user_stock).date_done = '2020-01-01'
        self._deliver(picking)
        self.assertEqual(self.open_order.fulfilled_at, self.open_order.order_line.move_ids.date)
        self.assertGreater(self.open_order.fulfilled_at.year, 2020)

    def test_state_of_a_transfer_cannot_be_written(self):
        for user in (self.user_sales, self.user_stock, self.user_sales_manager):
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    self.open_order.order_line.move_ids.with_user(user).state = 'done'
                with self.assertRaises(UserError):
                    self.move.with_user(user).state = 'assigned'
        with self.assertRaises(UserError):
            self.open_order.order_line.move_ids.with_user(self.user_sales).with_context(
                **{'sale_order_lifecycle.core_records_facts': 1}).state = 'done'

    def test_transfer_that_is_done_cannot_be_made(self):
        vals = {
            'product_id': self.product_stock.id, 'product_uom_qty': 5, 'state': 'done',
            'location_id': self.move.location_id.id, 'location_dest_id': self.move.location_dest_id.id,
            'sale_line_id': self.open_order.order_line.id,
        }
        for user in (self.user_sales, self.user_stock):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self.env['stock.move'].with_user(user).create(vals)

    def test_transfer_of_another_order_cannot_be_lent(self):
        with self.assertRaises(UserError):
            self.move.with_user(self.user_stock).sale_line_id = self.open_order.order_line
        with self.assertRaises(UserError):
            self.open_order.order_line.with_user(self.user_sales).move_ids = [Command.link(self.move.id)]
        with self.assertRaises(UserError):
            self.move.with_user(self.user_stock).sale_line_id = False

    def test_destination_of_a_delivery(self):
        with self.assertRaises(UserError):
            self.move.with_user(self.user_stock).location_dest_id = self.warehouse.lot_stock_id

    def test_delivery_cannot_be_deleted(self):
        with self.assertRaises(UserError):
            self.move.with_user(self.user_sales_manager).unlink()

    def test_quantity_of_a_delivery(self):
        lines, order = self.move.move_line_ids, self.order
        keeper = self.user_stock
        other = self.env['stock.picking'].with_user(keeper).create({
            'picking_type_id': self.picking.picking_type_id.id, 'location_id': self.picking.location_id.id,
            'location_dest_id': self.picking.location_dest_id.id})
        wizard = self.env['stock.return.picking'].with_user(keeper).with_context(
            active_id=self.picking.id, active_ids=self.picking.ids, active_model='stock.picking').create({})
        wizard.product_return_moves.quantity = 1
        back = self.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
        self._deliver(back)
        lot = self.env['stock.lot'].create({'name': "L", 'product_id': self.product_stock.id})
        package = self.env['stock.package'].create({'name': "P"})
        vals = {
            'picking_id': self.picking.id, 'product_id': self.product_stock.id, 'quantity': 3,
            'location_id': self.picking.location_id.id, 'location_dest_id': self.picking.location_dest_id.id}
        for user in (keeper, self.user_sales):
            for records, written in (
                (self.move, {'quantity': 1}), (self.move, {'quantity': 50}), (self.move, {'picking_id': other.id}),
                (self.move, {'move_line_ids': [Command.update(lines.id, {'quantity': 1})]}),
                (self.move, {'move_line_ids': [Command.delete(lines.id)]}),
                (self.move, {'move_line_ids': [Command.create({**vals, 'move_id': self.move.id})]}),
                (self.move, {'lot_ids': [Command.set(lot.ids)]}),
                (lines, {'quantity': 50}), (lines, {'lot_id': lot.id}), (lines, {'move_id': back.move_ids.id}),
                (lines, {'location_dest_id': self.warehouse.lot_stock_id.id}), (lines, {'owner_id': self.vendor.id}),
                (lines, {'result_package_id': package.id}), (lines, {'package_id': package.id}),
                (self.picking, {'partner_id': self.vendor.id}), (self.picking, {'partner_id': False}),
                (self.picking, {'state': 'draft'}), (back, {'state': 'assigned'}), (self.picking, {'state': False}),
                (self.picking, {'move_ids': [Command.update(self.move.id, {'quantity': 1})]}),
                (back.move_ids, {'quantity': 5}), (back.move_ids.move_line_ids, {'quantity': 0}),
                # What of it counts, and where it is listed.
                (back.move_ids, {'to_refund': not back.move_ids.to_refund}),
                (self.move, {'origin_returned_move_id': back.move_ids.id}),
                (back.move_ids, {'origin_returned_move_id': False}), (self.move, {'product_uom_qty': 1}),
                (lines, {'picking_id': other.id}), (lines, {'date': '2020-01-01 00:00:00'}),
            ):
                with self.subTest(user=user.login, records=records, written=written), self.assertRaises(UserError):
                    records.with_user(user).write(written)
            for added in (vals, {**vals, 'move_id': self.move.id}):
                with self.subTest(user=user.login, added=added), self.assertRaises(UserError):
                    self.env['stock.move.line'].with_user(user).create(added)
            with self.assertRaises(UserError):
                self.env['stock.move.line'].with_user(user).with_context(default_move_id=self.move.id).create(vals)
            with self.assertRaises(UserError):
                lines.with_user(user).unlink()
        self.env.invalidate_all()
        self.assertEqual((order.order_line.qty_delivered, lines.quantity), (4, 5))
        # What is no quantity is said as ever, and a picking of the house is nobody's delivery.
        self.picking.with_user(keeper).note = "At the gate"
        self.move.with_user(keeper).write({'quantity': 5, 'partner_id': self.partner.id})

    def test_lines_go_where_the_transfer_says(self):
        """What stays on the shelf is not delivered, and what has come from there is no return."""
        order = self.open_order
        picking = order.picking_ids.with_user(self.user_stock)
        shelf = self.env['stock.location'].create({
            'name': "Shelf", 'usage': 'internal', 'location_id': self.warehouse.lot_stock_id.id})
        picking.action_assign()
        picking.move_ids.write({'quantity': 5, 'picked': True})
        picking.move_line_ids.location_dest_id = shelf
        with self.assertRaises(ValidationError):
            picking.with_context(skip_sms=True).button_validate()
        self.env.invalidate_all()
        picking.move_line_ids.location_dest_id = picking.location_dest_id
        self._deliver(order.picking_ids)
        self.assertEqual(order.fulfilment_state, 'done')
        wizard = self.env['stock.return.picking'].with_user(self.user_stock).with_context(
            active_id=picking.id, active_ids=picking.ids, active_model='stock.picking').create({})
        wizard.product_return_moves.quantity = 2
        back = self.env['stock.picking'].with_user(self.user_stock).browse(wizard.action_create_returns()['res_id'])
        back.action_assign()
        back.move_ids.write({'quantity': 2, 'picked': True})
        back.move_line_ids.location_id = shelf
        with self.assertRaises(ValidationError):
            back.with_context(skip_sms=True).button_validate()

    # What no count goes by: plans, texts, values of the stock, and what core computes.
    OPEN = {
        'stock.move': {
            'account_move_id', 'additional', 'analytic_account_line_ids', 'byproduct_id', 'consume_unbuild_id',
            'cost_share', 'created_production_id', 'created_purchase_line_ids', 'date_deadline', 'delay_alert_date',
            'description_picking_manual', 'inventory_name', 'is_dropship', 'is_in', 'is_inventory', 'is_out',
            'manual_consumption', 'move_dest_ids', 'move_orig_ids', 'never_product_template_attribute_value_ids',
            'next_serial', 'next_serial_count', 'operation_id', 'order_finished_lot_id', 'orderpoint_id', 'origin',
            'packaging_uom_id', 'packaging_uom_qty', 'price_unit', 'priority', 'procure_method', 'product_qty',
            'production_group_id', 'propagate_cancel', 'reference', 'reservation_date', 'route_ids', 'rule_id',
            'sequence', 'unit_factor', 'value', 'warehouse_id', 'weight', 'workorder_id',
            # told by their own rules
            'move_line_ids', 'partner_id', 'returned_move_ids',
        },
        'stock.move.line': {
            'consume_line_ids', 'is_entire_pack', 'lot_name', 'package_history_id', 'produce_line_ids',
            'quantity_product_uom', 'workorder_id',
        },
    }

    def test_every_field_of_a_delivery(self):
        """Each field of what was delivered is on record, or none that anything is counted by."""
        self._set_up_other_records()
        for model, open_fields in self.OPEN.items():
            record = self.move if model == 'stock.move' else self.move.move_line_ids
            own = record.with_user(self.user_stock)
            names = {
                name for name, field in own._fields.items()
                if field.store and name not in MAGIC_COLUMNS and not field.company_dependent
                and not (field.compute and field.readonly and field.related)
                and own._has_field_access(field, 'write')}
            for name in sorted(names - open_fields):
                value = self._get_other_value(record, own._fields[name])
                with self.subTest(model=model, field=name), self.assertRaises(UserError), self.env.cr.savepoint():
                    own.write({name: value})

    def _get_leads(self):
        """:return: list of pairs of a record of the stock user and values by which an open transfer, a move or a line
            of it is tied to what is done, from either side"""
        done = {record._name: record for record in (self.picking, self.move, self.move.move_line_ids)}
        moves = self.open_order.order_line.move_ids
        waiting = {record._name: record for record in (self.open_order.picking_ids, moves, moves.move_line_ids)}
        leads = []
        for records, others in ((waiting, done), (done, waiting)):
            for record in records.values():
                own = record.with_user(self.user_stock)
                for name, field in own._fields.items():
                    if field.comodel_name in others and (field.store or field.inverse) and own._has_field_access(
                            field, 'write'):
                        other = others[field.comodel_name]
                        leads.append((own, {
                            name: other.id if field.type == 'many2one' else [Command.link(other.id)]}))
        return leads

    @mute_logger('odoo.sql_db')
    def test_what_leads_to_a_delivery(self):
        """Whatever is tied to a transfer that is done, or put into it, leaves it done, on its day."""
        def get_facts():
            self.env.flush_all()
            self.env.invalidate_all()
            return (
                self.order.read(['fulfilment_state', 'fulfilled_at', 'delivery_status', 'effective_date']),
                self.picking.read(['state', 'date_done', 'move_ids', 'move_line_ids']),
                self.move.read(['state', 'date', 'quantity', 'picking_id', 'move_line_ids']))

        before = get_facts()
        leads = self._get_leads()
        refused = []
        for own, vals in leads:
            with self.subTest(model=own._name, vals=vals), self._in_transaction_of(self.user_stock):
                savepoint = self.env.cr.savepoint()
                try:
                    own.write(vals)
                    self.assertEqual(get_facts(), before)
                except (UserError, ValidationError):
                    refused.append((own._name, *vals))
                finally:
                    self.env.invalidate_all(flush=False)
                    savepoint.close(rollback=True)
                    self.env.invalidate_all(flush=False)
        self.assertGreater(len(leads), 20)
        self.assertLessEqual(
            {('stock.move', 'picking_id'), ('stock.move.line', 'picking_id'), ('stock.picking', 'move_ids')},
            set(refused))

    def test_goods_of_the_customer_are_no_delivery(self):
        """What is where the customer has it already does not leave the company."""
        order = self.open_order
        picking = order.picking_ids.with_user(self.user_stock)
        place = picking.location_dest_id
        for record in (picking, picking.move_line_ids):
            with self.subTest(model=record._name), self.assertRaises(UserError), self.env.cr.savepoint():
                record.location_id = place
                picking.move_ids.write({'quantity': 5, 'picked': True})
                picking.with_context(skip_sms=True).button_validate()
        self.env.invalidate_all()
        self.assertEqual((order.fulfilment_state, order.order_line.qty_delivered), ('ready', 0))
        self._deliver(order.picking_ids)
        self.assertEqual(order.fulfilment_state, 'done')

    def _set_up_other_records(self):
        """Of each model that a delivery can name, where there may be none yet."""
        product, place = self.product_stock, self.warehouse.lot_stock_id
        made = self._new_manufactured_product()
        for model, vals in (
            ('mrp.production', {'product_id': made.id}),
            ('mrp.unbuild', {'product_id': made.id, 'bom_id': made.bom_ids.id}),
            ('purchase.order', {'partner_id': self.vendor.id, 'order_line': [Command.create({
                'product_id': product.id})]}),
            ('repair.order', {'product_id': product.id}),
            ('stock.lot', {'product_id': product.id, 'name': "L"}),
            ('stock.package', {'name': "P"}),
            ('stock.reference', {'name': "R"}),
            ('stock.scrap', {'product_id': product.id, 'location_id': place.id}),
        ):
            self.env[model].create(vals)

    def _get_other_value(self, record, field):
        """:return: some value that the record has not, as a client sends it"""
        before = record[field.name]
        if field.relational:
            other = self.env[field.comodel_name].with_context(active_test=False).search(
                [('id', 'not in', before.ids)], limit=1) or before
            return other.id if field.type == 'many2one' else [Command.set(other.ids)]
        if field.type == 'selection':
            return next(key for key in field.get_values(self.env) if key != before)
        if field.type in ('float', 'integer', 'monetary'):
            return before + 1
        return {'boolean': not before, 'char': "Other", 'text': "Other", 'datetime': '2020-01-01 00:00:00',
                'date': '2020-01-01'}[field.type]

    def test_lots_of_a_delivery(self):
        product = self._new_product("Serial", tracking='lot')
        lot, unused = self.env['stock.lot'].create([
            {'name': name, 'product_id': product.id} for name in ("L1", "L2")])
        self.env['stock.quant']._update_available_quantity(product, self.warehouse.lot_stock_id, 5, lot_id=lot)
        order = self._confirm(self._new_order(lines=[(product, 5)]))
        self._deliver(order.picking_ids)
        with self.assertRaises(UserError):
            lot.with_user(self.user_stock).name = "L3"
        lot.with_user(self.user_stock).write({'name': "L1", 'ref': "Label"})
        unused.with_user(self.user_stock).name = "L4"
        customers = self.env['stock.quant'].search([('lot_id', '=', lot.id)])
        # Nothing that core asks stands in the way, once there is nothing of it anywhere.
        self.env.cr.execute("DELETE FROM stock_quant WHERE id IN %s", [tuple(customers.ids)])
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            lot.with_user(self.user_stock).unlink()
        unused.with_user(self.user_stock).unlink()
        self.assertEqual(order.order_line.move_ids.lot_ids, lot)

    def test_status_of_a_line_follows_its_order(self):
        quotation = self._new_order()
        for user in (self.user_sales, self.user_stock):
            with self.subTest(user=user.login), self.assertRaises(ValidationError):
                quotation.order_line.with_user(user).state = 'sale'
        line = self.env['sale.order.line'].with_user(self.user_sales).create({
            'order_id': quotation.id, 'product_id': self.product_stock.id, 'product_uom_qty': 1, 'state': 'sale',
        })
        self.assertEqual(line.state, 'draft')
        self.assertFalse(quotation.order_line.move_ids)

    def test_company_without_policy_is_left_alone(self):
        company = self._new_company()
        warehouse = self.env['stock.warehouse'].search([('company_id', '=', company.id)])
        self._put_in_stock(self.product_stock, 10, warehouse)
        user = self._new_user(
            'plain', 'sales_team.group_sale_manager,stock.group_stock_user', company=company)
        order = self.env['sale.order'].with_user(user).create({
            'partner_id': self.partner.id,
            'order_line': [Command.create({'product_id': self.product_stock.id, 'product_uom_qty': 1})],
        })
        order.action_confirm()
        order.picking_ids.action_assign()
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        order.picking_ids.date_done = '2026-01-01'
        self.assertEqual(str(order.order_line.move_ids.date), '2026-01-01 00:00:00')
        order.order_line.move_ids.quantity = 2
        order.picking_ids.partner_id = self.vendor
        order.order_line.qty_delivered = 3
        self.assertEqual(order.order_line.qty_delivered, 3)


@tagged('post_install', '-at_install')
class TestFactsOverRpc(LifecycleCommon, HttpCase):

    def _call(self, records, method, *args, **context):
        return self.make_jsonrpc_request('/web/dataset/call_kw', {
            'model': records._name, 'method': method, 'args': [records.ids, *args], 'kwargs': {'context': context},
        })

    @mute_logger('odoo.http')
    def test_facts_cannot_be_forged(self):
        order, delivered = self._confirm(self._new_order(count=2))
        self._deliver(delivered.picking_ids)
        attempts = [
            (order, {'fulfilment_state': 'done'}),
            (order, {'fulfilled_at': '2026-01-01 00:00:00'}),
            (order.order_line, {'qty_delivered': 5}),
            (order.order_line, {'service_delivered_at': '2026-01-01 00:00:00'}),
            (order.order_line.move_ids, {'state': 'done'}),
            (delivered.picking_ids.move_ids, {'quantity': 1}),
            (delivered.picking_ids.move_ids.move_line_ids, {'quantity': 50}),
            (delivered.picking_ids, {'partner_id': self.vendor.id}),
        ]
        for user in (self.user_sales, self.user_stock):
            self.authenticate(user.login, user.login)
            for records, vals in attempts:
                with self.subTest(login=user.login, vals=vals), self.assertRaises(JsonRpcException):
                    self._call(records, 'write', vals, **{'sale_order_lifecycle.core_records_facts': 1})
            with self.subTest(login=user.login), self.assertRaises(JsonRpcException):
                self._call(order.order_line.move_ids, '_action_done')
        self.assertEqual((order.fulfilment_state, order.order_line.qty_delivered), ('ready', 0))
        self.assertEqual(delivered.order_line.qty_delivered, 5)
