from collections import defaultdict

from odoo import api, models


class SaleOrder(models.Model):
    """What transfers tell about the progress that logistics reports (article F3)."""
    _inherit = 'sale.order'

    @api.model
    def _get_reported_phases(self):
        return [*super()._get_reported_phases(), 'delivery']

    @api.model
    def _get_progress_roles(self):
        return {**super()._get_progress_roles(), 'delivery': 'logistics'}

    def _get_planned_ends(self):
        ends = super()._get_planned_ends()
        own = ends['delivery'] = defaultdict(list)
        for order in self:
            own[order.id] = [
                move.date for line in order.order_line if line._is_stock_line() and line._counts_for_fulfilment()
                for move in line.move_ids if move.state not in ('done', 'cancel') and move._goes_to_customer()]
        return ends
