from odoo import api, fields, models
from odoo.fields import Domain


class OrderInspection(models.Model):
    """What has passed goes on to those who wait for it; of goods without a plan quality is told (article F4)."""
    _inherit = 'order.inspection'

    # -- what is free goes on ---------------------------------------------------------------------

    def write(self, vals):
        held = {row: row.held_quantity for row in self.sudo()} if self.env['order.policy']._get_requiring_ids() else {}
        result = super().write(vals)
        freed = self.sudo().filtered(lambda row: row.product_id.uom_id.compare(
            row.held_quantity, held.get(row, 0)) < 0)
        freed._reserve_for_waiting()
        return result

    def _reserve_for_waiting(self):
        """Reserve what is not held any more for the transfers and manufacturing orders that wait for it, as core does
        with what has come; as superuser."""
        if self and not self.env['ir.config_parameter'].sudo().get_param('stock.picking_no_auto_reserve'):
            self.env['stock.move'].sudo().search(
                Domain.OR(Domain('product_id', '=', product.id) & Domain('location_id.warehouse_id', '=', warehouse.id)
                          for product, warehouse in {(row.product_id, row.warehouse_id) for row in self})
                & self._get_waiting_domain(), order='priority desc, date, id')._action_assign()

    @api.model
    def _get_waiting_domain(self):
        """:return: Domain of the moves that are reserved as soon as there are goods"""
        return (
            Domain('state', 'in', ['confirmed', 'partially_available']) & Domain('procure_method', '=', 'make_to_stock')
            & (Domain('reservation_date', '<=', fields.Date.context_today(self))
               | Domain('picking_type_id.reservation_method', '=', 'at_confirm'))
            # What was brought for them has arrived, and waited here.
            | Domain('state', 'in', ['waiting', 'confirmed', 'partially_available'])
            & Domain('move_orig_ids.state', '=', 'done'))

    # -- goods without a plan ---------------------------------------------------------------------

    def _tell_unplanned(self):
        """Tell quality of goods that the policy wants inspected and has no plan for: of each product once, until those
        are judged or gone; in batch and as superuser, of new inspections."""
        unplanned = self.filtered(lambda row: row.state == 'todo' and not row.plan_id)
        if not unplanned:
            return
        known = {(row.company_id, row.product_id) for row in self.search([
            ('id', 'not in', self.ids), ('state', '=', 'todo'), ('plan_id', '=', False),
            ('product_id', 'in', unplanned.product_id.ids)])}
        first = {(row.company_id, row.product_id): row for row in reversed(unplanned)}
        ids = {}
        for key in sorted(first.keys() - known, key=lambda key: first[key].id):
            ids.setdefault(key[0], []).append(first[key].id)
        quality = self.env['order.role']._get_by_code('quality')
        for company, own in ids.items():
            self.env['order.notice']._send({
                user: {'order.inspection:unplanned': own} for user in quality._get_members(company)})

    def _get_notice_section(self, _kind):
        """:return: what a message to quality tells of these inspections, see ``order.notice``"""
        name = self[:1].product_id.display_name
        return {
            'title': self.env._("No inspection plan: %(product)s", product=name) if len(self) == 1 else self.env._(
                "No inspection plan for %(count)s products", count=len(self)),
            'rows': [{
                **self.env['order.notice']._get_order_row(row.order_id),
                'name': row.display_name, 'url': f'/odoo/order-inspections/{row.id}',
            } for row in self],
        }
