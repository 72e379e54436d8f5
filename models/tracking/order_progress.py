from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class OrderProgress(models.Model):
    """One report of a department on the progress of an order: due regularly, or urged by sales (articles F3, K1).

    Where the records answer, the report is filled in from them and nobody is asked. Rows are made, answered and ended
    by actions only; nobody edits or deletes them.
    """
    _name = 'order.progress'
    _inherit = [
        'order.deadline.mixin', 'order.batch.mixin', 'order.part.mixin', 'order.board.mixin', 'order.dossier.mixin',
        'order.worklist.mixin']
    _description = "Progress Request"
    _order = 'requested_at desc, id desc'
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True
    _worklist_sequence = 20

    # who is asked about what
    order_id = fields.Many2one('sale.order', required=True, readonly=True, index=True, ondelete='restrict')
    role_id = fields.Many2one('order.role', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    partner_id = fields.Many2one(related='order_id.partner_id', string="Customer", store=True)
    salesperson_id = fields.Many2one(related='order_id.user_id', string="Salesperson", store=True)
    promised_date = fields.Date(related='order_id.promised_date')
    kind = fields.Selection([('scheduled', "Regular"), ('urge', "Urge")], required=True, readonly=True)
    requested_by_id = fields.Many2one(
        'res.users', string="Urged By", readonly=True, ondelete='restrict', help="The salesperson who urges the role.")
    requested_at = fields.Datetime(required=True, readonly=True)
    reason = fields.Text(readonly=True, help="Why sales urges the department.")
    risk = fields.Selection([
        ('late', "The promised date has passed"),
        ('forecast', "Planned after the promised date"),
        ('overdue', "The planned date has passed"),
        ('percent', "Less done than reported before"),
        ('slipped', "Later than reported before"),
        ('unknown', "No planned date"),
    ], string="At Risk", readonly=True, help="Why the department is asked although the records tell the progress.")
    state = fields.Selection(
        [('requested', "Requested"), ('reported', "Reported"), ('cancelled', "Not Needed")],
        required=True, readonly=True, default='requested', index=True, group_expand=True,
        help="Not needed: the order was fulfilled or cancelled before the department reported.")

    # the report
    percent = fields.Integer("Progress (%)", readonly=True, aggregator='avg')
    forecast_date = fields.Date("Forecast", readonly=True, help="The day on which the department will be done.")
    note = fields.Text(readonly=True)
    is_automatic = fields.Boolean(
        "From the Records", readonly=True, help="The order was on schedule, so that nobody was asked.")
    reported_by_id = fields.Many2one('res.users', readonly=True, ondelete='restrict')
    delegated_for_id = fields.Many2one(
        'res.users', string="Reported on Behalf Of", readonly=True, ondelete='restrict')
    reported_at = fields.Datetime(readonly=True)
    cancelled_at = fields.Datetime("Not Needed Since", readonly=True)
    notified_at = fields.Datetime("Notified On", readonly=True)

    # what the person sees and can do
    is_my_role = fields.Boolean("To Be Reported by Me", compute='_compute_is_my_role', search='_search_is_my_role')
    is_delegated_to_me = fields.Boolean(
        compute='_compute_is_delegated_to_me', search='_search_is_delegated_to_me',
        help="The current user can see the request as the delegate of an absent user.")
    can_report = fields.Boolean(compute='_compute_can_report')
    can_accept = fields.Boolean(
        compute='_compute_can_report', help="The current user can confirm the proposed values.")
    proposed_percent = fields.Integer(
        "Proposed Progress (%)", compute='_compute_proposal', help="The progress according to the records.")
    proposed_date = fields.Date(
        "Proposed Forecast", compute='_compute_proposal',
        help="The last planned date of what is still open. It is empty if there is none, or if it has passed.")
    is_forecast_late = fields.Boolean(
        "Forecast Late", compute='_compute_is_forecast_late', help="The forecast is after the promised date.")

    # -- constraints and indexes ----------------------------------------------------------------

    _percent_range = models.Constraint(
        'CHECK (percent BETWEEN 0 AND 100)', "The progress must be a percentage from 0 to 100: correct it.")
    _open_unique = models.UniqueIndex(
        "(order_id, role_id, kind) WHERE state = 'requested'",
        "This department has already been asked for the progress of the order.")
    _open_index = models.Index("(company_id, deadline) WHERE state = 'requested'")
    _unnotified_index = models.Index("(id) WHERE state = 'requested' AND notified_at IS NULL")
    _reminder_index = models.Index("(reminder_at) WHERE state = 'requested' AND reminded_at IS NULL")
    _escalation_index = models.Index("(escalation_at) WHERE state = 'requested'")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('order_id', 'role_id')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for request in self:
            request.display_name = f"{request.order_id.sudo().name or ''} · {request.role_id.sudo().name or ''}"

    @api.depends('role_id', 'company_id')
    @api.depends_context('uid')
    def _compute_is_my_role(self):
        mine = self.sudo().filtered_domain(self._get_own_domain())
        for request in self:
            request.is_my_role = request.id in mine._ids

    @api.model
    def _search_is_my_role(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return self._get_own_domain() if True in value else Domain.FALSE

    @api.depends('role_id', 'company_id', 'state', 'reported_by_id')
    @api.depends_context('uid')
    def _compute_is_delegated_to_me(self):
        delegated = self.sudo().filtered_domain(self._get_delegated_domain())
        for request in self:
            request.is_delegated_to_me = request.id in delegated._ids

    @api.model
    def _search_is_delegated_to_me(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return self._get_delegated_domain() if True in value else Domain.FALSE

    @api.depends('state', 'role_id', 'order_id')
    @api.depends_context('uid')
    def _compute_can_report(self):
        refusals = self._get_report_refusals()
        for request in self:
            request.can_report = bool(request.id) and request.id not in refusals
            request.can_accept = request.can_report and bool(request.proposed_date)

    @api.depends('state', 'role_id', 'order_id')
    def _compute_proposal(self):
        proposals = self._get_proposals()
        for request in self:
            request.proposed_percent, request.proposed_date = proposals.get(request.id, (0, False))

    @api.depends('forecast_date', 'order_id.promised_date')
    def _compute_is_forecast_late(self):
        for request in self:
            request.is_forecast_late = bool(
                request.forecast_date and request.promised_date and request.forecast_date > request.promised_date)

    @api.depends('state')
    def _compute_is_overdue(self):
        return super()._compute_is_overdue()

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | set(self._fields)

    @api.model
    def _get_unreadable_error(self):
        return AccessError(self.env._(
            "You do not have access to the order of this progress request. Ask its salesperson or your manager."))

    # -- deadline -------------------------------------------------------------------------------

    def _get_calendar_sources(self):
        return self.order_id._get_calendar_sources()

    def _is_deadline_running(self):
        return self.state == 'requested'

    @api.model
    def _get_deadline_running_domain(self):
        return Domain('state', '=', 'requested')

    def _get_reminder_share(self):
        return min(max(self.order_id.policy_id.reminder_percent, 0), 99) / 100

    def _get_escalation_delays(self):
        return [0.0, max(self.order_id.policy_id.escalation_hours, 0.0)]

    # -- board ----------------------------------------------------------------------------------

    @api.model
    def _get_board_columns(self):
        return {**super()._get_board_columns(), 'state': {'cancelled'}}

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'role_id', 'kind', 'requested_by_id', 'requested_at', 'reason', 'risk', 'deadline', 'state', 'percent',
            'forecast_date', 'note', 'is_automatic', 'reported_by_id', 'delegated_for_id', 'reported_at',
            'cancelled_at',
        ]
