from odoo import api, fields, models


class OrderDialogMixin(models.AbstractModel):
    """Dialogs on one or many orders: those that the person was looking at."""
    _name = 'order.dialog.mixin'
    _description = "Dialog on Orders"

    order_ids = fields.Many2many(
        'sale.order', string="Orders", required=True, default=lambda self: self._get_default_orders())
    order_count = fields.Integer("Number of Orders", compute='_compute_order_count')

    @api.model
    def _get_default_orders(self):
        """:return: the orders that the person was looking at"""
        if self.env.context.get('active_model') != 'sale.order':
            return self.env['sale.order']
        return self.env['sale.order'].browse(self.env.context.get('active_ids', ())).exists()

    @api.depends('order_ids')
    def _compute_order_count(self):
        for dialog in self:
            dialog.order_count = len(dialog.order_ids)
