from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = 'stock.picking'

    payment_obstacle = fields.Char(
        compute='_compute_payment_obstacle', compute_sudo=True,
        help="The payment that an approval of the order asks for before this is shipped.")

    @api.depends('state', 'move_ids.sale_line_id')
    @api.depends_context('lang')
    def _compute_payment_obstacle(self):
        open_pickings = self.filtered(lambda picking: picking.state not in ('done', 'cancel', 'draft'))
        orders = {picking: picking.move_ids._get_shipped_orders() for picking in open_pickings}
        obstacles = self.env['sale.order'].union(*orders.values()).filtered(
            lambda order: order.policy_id and order.state == 'sale')._get_condition_obstacles('shipping')
        for picking in self:
            own = [obstacles[order.id] for order in orders.get(picking, ()) if order.id in obstacles]
            picking.payment_obstacle = "\n".join(own) or False

    def button_validate(self):
        # Before anything is asked about quantities and backorders.
        self.move_ids._get_shipped_orders()._check_condition('shipping')
        return super().button_validate()
