from odoo import api, fields, models
from odoo.tools import format_list


class StockPicking(models.Model):
    """Whoever ships sees what has not passed, and asks for its inspection (article F4)."""
    _inherit = 'stock.picking'

    inspection_obstacle = fields.Char(
        "Missing Inspection", compute='_compute_inspection_obstacle', compute_sudo=True,
        help="Products of this transfer that have not passed the inspection which the policy requires.")
    is_inspected = fields.Boolean(compute='_compute_inspection_obstacle', compute_sudo=True)

    @api.depends('state', 'move_ids.sale_line_id', 'move_ids.quantity')
    @api.depends_context('lang')
    def _compute_inspection_obstacle(self):
        Policy = self.env['order.policy']
        inspecting, requiring = Policy._get_inspecting_ids(), Policy._get_requiring_ids()
        waiting = self.filtered(
            lambda picking: inspecting and picking.state not in ('done', 'cancel', 'draft'))
        for picking in self:
            orders = picking.move_ids._get_inspected_orders(inspecting) if picking in waiting else ()
            picking.is_inspected = bool(orders)
            required = [order for order in orders if order.policy_id.id in requiring]
            picking.inspection_obstacle = requiring and picking in waiting and picking._describe_missing_inspections(
                self.env['sale.order'].sudo().union(*required)) or False

    def _describe_missing_inspections(self, orders):
        """:param orders: ``sale.order`` whose policies require inspections, as superuser
        :return: translated text: which products of this transfer have not passed; False where all have"""
        self.ensure_one()
        rows = orders and orders._get_delivery_inspections()
        products = [
            product.display_name for (order, plan, product), need in orders._get_inspection_needs().items()
            if plan and need['moves'] & self.move_ids and orders._get_missing_quantities(
                need, rows.get((order, plan, product), self.env['order.inspection'].sudo()), product)]
        products += self.move_ids._describe_held_back()
        return products and self.env._(
            "Not inspected yet, or failed: %(products)s. The other products can be delivered.",
            products=format_list(self.env, list(dict.fromkeys(products))))

    def action_request_inspection(self):
        """Have quality inspect what these transfers deliver as it is now, with its quantities and lots.

        :return: a notification
        """
        self.check_access('write')
        self.move_ids._follow_inspections()
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success',
                'message': self.env._("Quality has been asked to inspect what this transfer delivers."),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }
