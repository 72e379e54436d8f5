from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..mixins.arguments import read_text
from .stock_move import IN_HOUSE


class OrderInspection(models.Model):
    """What becomes of what has failed: rework, return, scrap, or release by whom the policy names."""
    _inherit = 'order.inspection'

    # -- actions --------------------------------------------------------------------------------

    def action_rework(self):
        """Have what failed reworked; it is inspected again.

        :return: the new inspections, each with its former one as ``origin_id``
        :raise AccessError, UserError: with the first inspection that has nothing to rework; then none is
        """
        self._check_refusals(self._get_disposal_refusals())
        inspections = self.sudo()
        again = inspections._create_inspections([inspection._prepare_rework_vals() for inspection in inspections])
        inspections._dispose('rework')
        return again.sudo(self.env.su)

    def action_open_rework(self):
        """As :meth:`action_rework`, for buttons.

        :return: the action that opens the new inspections
        """
        return self.action_rework()._open_records()

    def action_scrap(self, note=None):
        """Scrap what failed, at once, where it lies in the warehouse.

        :param note: why
        :return: True
        :raise AccessError, UserError: with the first inspection that has nothing to scrap; then nothing is scrapped
        """
        self._check_refusals(self._get_disposal_refusals())
        for inspection in self.sudo():
            inspection._scrap_failed()
        self.sudo()._dispose('scrap', read_text(note))
        self.sudo().order_ids._follow_inspections()
        return True

    def action_return(self, note=None):
        """Make the transfers that bring what failed back to its vendor.

        :param note: why
        :return: True
        :raise AccessError, UserError: with the first inspection that has nothing to return; then nothing is returned
        """
        self._check_refusals(self._get_return_refusals())
        for inspection in self.sudo():
            inspection._write_guarded({'disposal_move_id': inspection._create_return_move().id})
        self.sudo()._dispose('return', read_text(note))
        return True

    def action_concession(self, reason, consent=None):
        """Release what failed as it is, by the role that the policy or the plan names.

        :param reason: why it may go on
        :param consent: who agreed for the customer, and how; the plan may ask for it
        :return: True
        :raise AccessError, UserError: with the first inspection that cannot be released; then none is
        """
        self._check_refusals(self._get_concession_refusals())
        reason, consent = read_text(reason), read_text(consent)
        if not reason:
            raise UserError(self.env._("Enter the reason of the concession: it is kept on record."))
        if not consent and (bound := self.sudo().filtered('plan_id.concession_consent')[:1]):
            raise UserError(self.env._(
                "The inspection plan of “%(inspection)s” asks for the consent of the customer: enter who agreed, and "
                "how.", inspection=bound.display_name))
        self.sudo()._dispose('concession', reason, consent)
        return True

    def action_open_disposal(self):
        """:return: the action that asks what becomes of what failed"""
        return self._open_action('order_inspection_disposal_action', context={'default_inspection_ids': self.ids})

    # -- who may decide -------------------------------------------------------------------------

    def _get_disposal_refusals(self):
        """:return: dict inspection id → exception why the person cannot dispose of what failed"""
        return self._collect_refusals(lambda inspection: inspection._get_disposal_refusal())

    def _get_disposal_refusal(self):
        """:return: exception why the person cannot dispose of what failed, None where nothing is against it"""
        self.ensure_one()
        if not self._is_inspector():
            return AccessError(self.env._(
                "What becomes of the products of “%(inspection)s” is decided by the quality department: ask its "
                "members.", inspection=self.display_name))
        return self._get_state_refusal()

    def _get_state_refusal(self):
        """:return: exception where nothing has failed, or was decided already; None else"""
        self.ensure_one()
        # A return may have ended before all of it has gone.
        is_open = not self.disposition or (
            self.disposition == 'return' and self.disposal_move_id.state in (False, 'cancel', 'done')
            and self.uom_id.compare(self._get_undisposed_quantity(), 0) > 0)
        if not self.failed_quantity or not is_open:
            return UserError(self.env._(
                "Nothing is to be decided for “%(inspection)s”: it has not failed, or the decision is on record.",
                inspection=self.display_name))
        return None

    def _get_return_refusals(self):
        """:return: dict inspection id → exception why what failed cannot be returned to a vendor by the person"""
        return {
            **self._collect_refusals(lambda inspection: None if (
                inspection.point == 'receipt' and inspection.move_id.location_id.usage == 'supplier'
            ) else UserError(self.env._(
                "The products of “%(inspection)s” were not received from a vendor, so they cannot be returned to one.",
                inspection=inspection.display_name))),
            **self._get_disposal_refusals()}

    def _get_concession_refusals(self):
        """:return: dict inspection id → exception why the person cannot release what failed"""
        return self._collect_refusals(lambda inspection: inspection._get_concession_refusal())

    def _get_concession_refusal(self):
        """:return: exception why the person cannot release what failed, None where nothing is against it"""
        self.ensure_one()
        role = self.plan_id._get_concession_role() if self.plan_id else self._get_policy().concession_role_id
        if not role:
            return UserError(self.env._(
                "The policy names nobody who could release the products of “%(inspection)s”: rework, return or scrap "
                "them.", inspection=self.display_name))
        if not role._includes(self.env.user):
            return AccessError(self.env._(
                "The products of “%(inspection)s” can only be released by %(role)s: ask its members.",
                inspection=self.display_name, role=role.name))
        return self._get_state_refusal()

    def _get_policy(self):
        """:return: the ``order.policy`` by which these goods are inspected"""
        self.ensure_one()
        return self.plan_id.policy_id or self.order_id.policy_id or self.company_id.order_policy_id

    # -- business -------------------------------------------------------------------------------

    def _dispose(self, disposition, note='', consent=''):
        """Keep what was decided of what failed; rights are checked before, and this is called as superuser."""
        self._write_guarded({
            'disposition': disposition, 'disposition_note': note or False, 'consent_note': consent or False,
            'disposed_by_id': self.env.uid, 'disposed_at': fields.Datetime.now()})

    def _prepare_rework_vals(self):
        """:return: dict of values of the inspection after the rework of what failed"""
        self.ensure_one()
        return {
            **{name: self[name].id for name in (
                'company_id', 'plan_id', 'product_id', 'lot_id', 'move_id', 'picking_id', 'production_id',
                'warehouse_id', 'order_id', 'vendor_id')},
            'point': self.point,
            'quantity': self._get_undisposed_quantity(),
            'order_ids': self.order_ids.ids,
            'handled_by_ids': self.handled_by_ids.ids,
            'origin_id': self.id,
        }

    def _scrap_failed(self):
        """Scrap what failed where it lies; what is not in the warehouse anymore has gone already."""
        self.ensure_one()
        rest = self._get_undisposed_quantity()
        for quant in self._get_quants():
            scrapped = min(rest, quant.quantity)
            if self.uom_id.compare(scrapped, 0) > 0:
                self.env['stock.scrap'].with_company(self.company_id).create({
                    'product_id': self.product_id.id, 'product_uom_id': self.uom_id.id, 'scrap_qty': scrapped,
                    'lot_id': quant.lot_id.id, 'package_id': quant.package_id.id, 'owner_id': quant.owner_id.id,
                    'location_id': quant.location_id.id, 'company_id': self.company_id.id,
                    'origin': self.display_name,
                }).do_scrap()
                rest -= scrapped
        self._write_guarded({'disposed_quantity': self.failed_quantity})

    def _get_quants(self):
        """:return: ``stock.quant`` of the goods of this inspection in its warehouse, the fullest first"""
        self.ensure_one()
        if not self.warehouse_id and self.point == 'delivery':
            return self.env['stock.quant']
        return self.env['stock.quant'].search([
            ('product_id', '=', self.product_id.id),
            ('location_id.usage', 'in', ('internal',) if self.warehouse_id else IN_HOUSE),
            ('location_id.warehouse_id', '=', self.warehouse_id.id), ('company_id', '=', self.company_id.id),
            ('quantity', '>', 0), *([('lot_id', '=', self.lot_id.id)] if self.lot_id else []),
        ], order='quantity desc, id')

    def _create_return_move(self):
        """:return: the ``stock.move`` that brings what failed back to its vendor, in a transfer of its own"""
        self.ensure_one()
        received = self.move_id
        picking_type = received.picking_type_id.return_picking_type_id or self.warehouse_id.out_type_id
        place = self._get_quants()[:1].location_id or received.location_dest_id
        picking = self.env['stock.picking'].with_company(self.company_id).create({
            'picking_type_id': picking_type.id, 'partner_id': received.picking_id.partner_id.id,
            'location_id': place.id, 'location_dest_id': received.location_id.id, 'origin': self.display_name,
            'return_id': received.picking_id.id,
        })
        move = self.env['stock.move'].with_company(self.company_id).create({
            'picking_id': picking.id, 'product_id': self.product_id.id, 'product_uom': self.uom_id.id,
            'product_uom_qty': self._get_undisposed_quantity(), 'location_id': place.id,
            'location_dest_id': received.location_id.id, 'picking_type_id': picking_type.id,
            'company_id': self.company_id.id, 'origin_returned_move_id': received.id, 'to_refund': True,
            'procure_method': 'make_to_stock',
        })
        move = move._action_confirm(merge=False)
        if self.lot_id:
            move._update_reserved_quantity(self._get_undisposed_quantity(), place, lot_id=self.lot_id, strict=True)
        else:
            move._action_assign()
        return move

    def _follow_disposals(self, moves):
        """Keep what has gone back to vendors; what has not goes on with the next transfer.

        :param moves: ``stock.move`` that are done, as superuser
        """
        for inspection in self.search([('disposal_move_id', 'in', moves.ids)]):
            move = inspection.disposal_move_id
            # Each line has a place of its own: what has gone elsewhere was not returned.
            lines = move.move_line_ids.filtered(lambda line, lot=inspection.lot_id: (
                line.location_dest_id.usage == 'supplier' and (not lot or line.lot_id == lot)))
            inspection._write_guarded({
                'disposed_quantity': inspection.disposed_quantity + sum(lines.mapped('quantity_product_uom')),
                'disposal_move_id': (inspection._find_rest_of_return() or move).id})

    def _find_rest_of_return(self):
        """:return: the ``stock.move`` that is to bring to the vendor what a return has left; empty without one"""
        self.ensure_one()
        move = self.disposal_move_id
        return self.env['stock.move'].search([
            ('picking_id.backorder_id', '=', move.picking_id.id), ('product_id', '=', move.product_id.id),
            ('origin_returned_move_id', '=', move.origin_returned_move_id.id), ('state', 'not in', ('done', 'cancel')),
        ], limit=1)
