from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import UserError

from ..common import LifecycleCommon


class InspectionCommon(LifecycleCommon):
    """A policy that requires inspections, with a plan for each point: parts on receipt, tables after production, lamps
    before delivery, by lot. What failed is released by legal, with the consent of the customer."""

    @classmethod
    def _set_up_policy(cls):
        # Products first: the plans name them.
        cls._set_up_products()
        cls.lamp = cls._new_product("Lamp", is_storable=True)
        cls.vase = cls._new_product("Vase", is_storable=True, tracking='lot')
        cls.part = cls._new_product("Part", is_storable=True)
        cls.panel = cls._new_product("Panel", is_storable=True)
        cls.table = cls._new_product("Table", is_storable=True)
        cls._put_in_stock(cls.lamp, 100)
        super()._set_up_policy()

    @classmethod
    def _new_policy(cls, company=None, **vals):
        if company and company != cls.company:
            return super()._new_policy(company, **vals)
        legal = cls.env['order.role']._get_by_code('legal')
        return super()._new_policy(company, **{
            'require_inspection': True,
            'concession_role_id': legal.id,
            'inspection_plan_ids': [
                cls._plan("Final check", cls.lamp, cls.vase, point='delivery', concession_consent=True, check_ids=[
                    Command.create({'name': "It shines"}),
                    Command.create({'name': "Height", 'kind': 'measure', 'minimum': 39.5, 'maximum': 40.5})]),
                cls._plan("Incoming parts", cls.part, point='receipt', four_eyes=True),
                cls._plan("Incoming panels", cls.panel, point='receipt', frequency='interval', interval=3),
                cls._plan("Finished tables", cls.table, point='production', four_eyes=True, sample_percent=10),
            ], **vals})

    @classmethod
    def _plan(cls, name, *products, **vals):
        return Command.create({
            'name': name, 'product_ids': [Command.set([product.id for product in products])], **vals})

    @contextmanager
    def assertRefused(self, text):
        """What is done inside is refused with this text, and rolled back as a request would be."""
        with self.assertRaises(UserError) as error:
            yield
        self.assertIn(text, str(error.exception))

    # -- goods --------------------------------------------------------------------------------------

    def _receive(self, product, quantity, user=None):
        """:return: the transfer with which a person receives goods from the vendor"""
        picking = self.env['stock.picking'].with_user(user or self.user_stock).create({
            'picking_type_id': self.warehouse.in_type_id.id, 'partner_id': self.vendor.id,
            'location_id': self.env.ref('stock.stock_location_suppliers').id,
            'location_dest_id': self.warehouse.lot_stock_id.id,
            'move_ids': [Command.create({
                'product_id': product.id, 'product_uom_qty': quantity,
                'location_id': self.env.ref('stock.stock_location_suppliers').id,
                'location_dest_id': self.warehouse.lot_stock_id.id})],
        })
        picking.action_confirm()
        picking.move_ids.write({'quantity': quantity, 'picked': True})
        self.assertIs(picking.button_validate(), True)
        return picking.with_env(self.env)

    def _get_inspections(self, product, **values):
        """:return: the inspections of a product, oldest first, for quality"""
        return self.env['order.inspection'].with_user(self.user_quality).search([
            ('product_id', '=', product.id), *((name, '=', value) for name, value in values.items())], order='id')

    def _measure(self, inspections, value=40):
        inspections.check_ids.filtered(lambda check: check.kind == 'measure').value = value
        return inspections
