from odoo import api, fields, models
from odoo.fields import Domain


class MrpProduction(models.Model):
    """What a manufacturing order for orders under policy waits for (article F1)."""
    _inherit = 'mrp.production'

    open_inspection_count = fields.Integer(
        "Open Inspections", compute='_compute_open_inspection_count', compute_sudo=True,
        help="Inspections of what is produced that are not judged, or failed without a disposition.")
    missing_for_order = fields.Char(
        "What Is Missing", compute='_compute_missing_for_order',
        help="Components that are not there in time, a payment that an approval asks for, and inspections.")

    @api.depends('state')
    def _compute_open_inspection_count(self):
        counts = dict(self.env['order.inspection']._read_group(
            Domain('production_id', 'in', self._origin.ids)
            & (Domain('state', '=', 'todo') | Domain('state', '=', 'failed') & Domain('disposition', '=', False)),
            ['production_id'], ['__count']))
        for production in self:
            production.open_inspection_count = counts.get(production._origin, 0)

    @api.depends('components_availability_state', 'payment_obstacle', 'open_inspection_count')
    @api.depends_context('lang')
    def _compute_missing_for_order(self):
        for production in self:
            production.missing_for_order = " · ".join(production._get_missing_for_order()) or False

    def _get_missing_for_order(self):
        """:return: list of translated texts, one for each thing that is missing"""
        self.ensure_one()
        missing = []
        if self.components_availability_state == 'unavailable':
            missing.append(self.env._("Components"))
        elif self.components_availability_state == 'late':
            missing.append(self.env._("Components (%(expected)s)", expected=self.components_availability))
        if self.payment_obstacle:
            missing.append(self.env._("Payment"))
        if self.open_inspection_count:
            missing.append(self.env._("Inspections: %(count)s", count=self.open_inspection_count))
        return missing

    @api.model
    def _get_promise_node_names(self):
        return super()._get_promise_node_names() | {'missing_for_order', 'open_inspection_count'}
