from odoo import api, fields, models
from odoo.fields import Domain

INSPECTION_STATES = [('none', "No Inspection"), ('todo', "To Inspect"), ('failed', "Failed"), ('passed', "Passed")]


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    inspection_ids = fields.Many2many(
        'order.inspection', 'order_inspection_sale_order_rel', 'order_id', 'inspection_id', string="Inspections",
        readonly=True, copy=False, groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')
    inspection_count = fields.Integer(compute='_compute_inspection_state', compute_sudo=True)
    inspection_state = fields.Selection(
        INSPECTION_STATES, string="Inspection", compute='_compute_inspection_state',
        search='_search_inspection_state', compute_sudo=True,
        help="To inspect while products of this order wait for quality, failed while nobody has decided what becomes "
             "of what failed.")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('inspection_ids.state', 'inspection_ids.disposition')
    def _compute_inspection_state(self):
        inspecting = self.env['order.policy']._get_inspecting_ids()
        inspected = self.filtered(lambda order: order.policy_id.id in inspecting)
        rows = {}
        for order, state, disposition, count in self.env['order.inspection'].sudo()._read_group(
                [('order_ids', 'in', inspected.ids), ('state', '!=', 'cancelled')],
                ['order_ids', 'state', 'disposition'], ['__count']) if inspected else ():
            rows.setdefault(order.id, []).append((state, disposition, count))
        for order in self:
            own = rows.get(order._origin.id, ())
            order.inspection_count = sum(count for _state, _disposition, count in own)
            order.inspection_state = self._get_inspection_state({row[:2] for row in own})

    @api.model
    def _get_inspection_state(self, found):
        """:param found: set of pairs (state, disposition) of the inspections of an order
        :return: value of ``inspection_state``"""
        if ('failed', None) in found or ('failed', False) in found:
            return 'failed'
        states = {state for state, _disposition in found}
        return 'todo' if 'todo' in states else 'passed' if states else 'none'

    @api.model
    def _search_inspection_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['inspection_state'], 'read')

        def having(*domain):
            return Domain('inspection_ids', 'any!', Domain(domain))
        failed = having('&', ('state', '=', 'failed'), ('disposition', '=', False))
        todo = having(('state', '=', 'todo')) & ~failed
        some = having(('state', '!=', 'cancelled'))
        domains = {'failed': failed, 'todo': todo, 'none': ~some, 'passed': some & ~failed & ~todo}
        return Domain.OR(domains[state] for state in value if state in domains)

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'inspection_ids'}

    # -- actions --------------------------------------------------------------------------------

    def action_open_inspections(self):
        """:return: the action with the inspections of these orders"""
        return self._open_action('order_inspection_action', domain=[('order_ids', 'in', self.ids)], context={})

    # -- business -------------------------------------------------------------------------------

    def _follow_inspections(self):
        """What is delivered has changed, or what may be: a later room lets be inspected what is missing. As
        superuser."""

    def _get_working_roles(self):
        roles = super()._get_working_roles()
        for order in self:
            if order.inspection_state in ('todo', 'failed'):
                roles[order.id].append('quality')
        return roles

    # -- what goes into a dossier -----------------------------------------------------------------

    def _get_dossier_parts(self):
        return {**super()._get_dossier_parts(), 'inspections': self.inspection_ids.sorted('id')}

    def _get_dossier_kinds(self):
        kinds = super()._get_dossier_kinds()
        for order in self:
            if any(inspection.state in ('passed', 'failed') for inspection in order.inspection_ids):
                kinds[order.id].add('inspection')
        return kinds

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        return super()._get_reader_button_names() | {'action_open_inspections'}
