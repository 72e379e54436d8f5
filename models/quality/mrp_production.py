from odoo import api, fields, models
from odoo.tools import format_list


class MrpProduction(models.Model):
    _inherit = 'mrp.production'

    inspection_obstacle = fields.Char(
        "Held Components", compute='_compute_inspection_obstacle', compute_sudo=True,
        help="Components of which something has not passed the inspection, so that it is neither reserved nor used.")

    @api.depends('state', 'move_raw_ids.state', 'move_raw_ids.product_id')
    @api.depends_context('lang')
    def _compute_inspection_obstacle(self):
        requiring = self.env['order.policy']._get_requiring_ids()
        for production in self:
            is_open = requiring and production.state not in ('draft', 'done', 'cancel')
            held = production.move_raw_ids._describe_held_back() if is_open else []
            production.inspection_obstacle = held and self.env._(
                "Not inspected yet, or failed: %(components)s. They are neither reserved nor used.",
                components=format_list(self.env, held)) or False
