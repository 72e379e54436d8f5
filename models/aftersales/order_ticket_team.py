from odoo import api, fields, models
from odoo.fields import Command


class OrderTicketTeam(models.Model):
    """People who take care of tickets, and how soon (article A1)."""
    _name = 'order.ticket.team'
    _description = "Ticket Team"
    _order = 'sequence, id'
    _check_company_auto = True
    _allow_sudo_commands = False

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="New tickets are assigned to the first team of their company.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one('res.company', required=True, index=True, default=lambda self: self.env.company)
    role_id = fields.Many2one(
        'order.role', string="Department", required=True, ondelete='restrict',
        default=lambda self: self.env['order.role']._get_by_code('aftersales'),
        help="The department responsible for the tickets of this team.")
    member_ids = fields.Many2many(
        'res.users', string="Members", check_company=True, domain=[('share', '=', False)],
        help="They are notified when a customer opens a ticket.")
    calendar_id = fields.Many2one(
        'resource.calendar', string="Working Hours", check_company=True,
        help="Working hours used to compute deadlines; if empty, those of the policy or the company.")
    response_hours = fields.Float(
        "First Response Within", default=4.0,
        help="Working hours from the opening of a ticket to the first message to the customer; 0 disables the "
             "deadline.")
    resolution_hours = fields.Float(
        "Resolution Within", default=40.0,
        help="Working hours from the opening of a ticket to its closing, without pauses; 0 disables the deadline.")
    open_ticket_count = fields.Integer("Open Tickets", compute='_compute_open_ticket_count')

    # -- constraints ----------------------------------------------------------------------------

    _hours_not_negative = models.Constraint(
        'CHECK (response_hours >= 0 AND resolution_hours >= 0)',
        "The hours of a team cannot be negative: enter 0 for no deadline.")

    # -- compute --------------------------------------------------------------------------------

    def _compute_open_ticket_count(self):
        counts = dict(self.env['order.ticket']._read_group(
            [('team_id', 'in', self.ids), ('closed_at', '=', False)], ['team_id'], ['__count']))
        for team in self:
            team.open_ticket_count = counts.get(team._origin, 0)

    # -- CRUD -----------------------------------------------------------------------------------

    def write(self, vals):
        WorkingTime = self.env['order.working.time'].sudo()
        with WorkingTime._following(
                [(team, 'calendar_id') for team in self.sudo()] if 'calendar_id' in vals else []):
            return super().write(vals)

    # -- actions --------------------------------------------------------------------------------

    def action_open_tickets(self):
        """:return: the action with the tickets of these teams"""
        return self._open_action(
            'order_ticket_action', domain=[('team_id', 'in', self.ids)],
            context={'search_default_open': 1, 'default_team_id': self[:1].id})

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_default_teams(self, companies):
        """:return: dict company → its first team, companies without one are missing; one query"""
        teams = {}
        for team in self.sudo().search([('company_id', 'in', companies.ids)]):
            teams.setdefault(team.company_id, team.sudo(self.env.su))
        return teams

    @api.model
    def _create_standard_teams(self, companies):
        """Give companies that have no team theirs, with the people of the department.

        :return: the teams that were made
        """
        role = self.env['order.role']._get_by_code('aftersales')
        present = self.sudo().with_context(active_test=False).search([('company_id', 'in', companies.ids)]).company_id
        users = role.sudo().group_id.all_user_ids.filtered(lambda user: not user.share and not user._is_superuser())
        return self.sudo().create([{
            'name': role.sudo().name,
            'company_id': company.id,
            'role_id': role.id,
            'member_ids': [Command.set(users.filtered(lambda user, c=company: c in user.company_ids).ids)],
        } for company in companies - present])
