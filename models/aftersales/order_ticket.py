from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..mixins.arguments import read_text

KINDS = [
    ('complaint', "Complaint"), ('return', "Return of Goods"), ('repair', "Repair"), ('exchange', "Exchange"),
    ('inquiry', "Inquiry"),
]


class OrderTicket(models.Model):
    """A customer's request, worked on until it is solved (articles A1-A3).

    It comes to a closed stage only with its cause, and a complaint only when the customer has been told
    the outcome: a constraint on what is stored, so it holds for every way in.
    """
    _name = 'order.ticket'
    _inherit = [
        'order.portal.mixin', 'order.customer.mixin',
        'portal.mixin', 'mail.thread.cc', 'mail.activity.mixin', 'order.deadline.mixin', 'order.batch.mixin',
        'order.part.mixin', 'order.dossier.mixin',
    ]
    _description = "Ticket"
    _allow_sudo_commands = False
    # Customers search, too, and read neither deadlines nor priorities: worklists are sorted by their views.
    _order = 'id desc'
    _rec_names_search = ['name', 'subject']
    _mail_post_access = 'read'
    _mail_thread_customer = True
    _check_company_auto = True

    # what it is about
    name = fields.Char("Number", readonly=True, copy=False)
    subject = fields.Char(required=True, tracking=True)
    description = fields.Text()
    kind = fields.Selection(
        KINDS, required=True, default='inquiry', index=True, tracking=True,
        help="The type of a complaint cannot be changed: it can only be closed once the customer has been informed of "
             "the outcome.")
    priority = fields.Selection([('0', "Normal"), ('1', "High"), ('2', "Urgent")], default='0', required=True)
    company_id = fields.Many2one(
        'res.company', compute='_compute_company_id', store=True, precompute=True, required=True, index=True)
    order_id = fields.Many2one(
        'sale.order', check_company=True, index='btree_not_null', ondelete='restrict', tracking=True)
    partner_id = fields.Many2one(
        'res.partner', string="Customer", compute='_compute_partner_id', store=True, readonly=False, precompute=True,
        required=True, index=True, ondelete='restrict', check_company=True, tracking=True,
        help="The contact who reported the matter, can see the ticket on the portal and receives its messages.")
    partner_phone = fields.Char(related='partner_id.phone', string="Phone")
    partner_email = fields.Char(related='partner_id.email', string="E-mail")
    product_id = fields.Many2one(
        'product.product', check_company=True, index='btree_not_null', ondelete='restrict',
        help="The product concerned.")
    quantity = fields.Float(
        digits='Product Unit', default=1.0, help="Quantity of the product concerned; this quantity is returned.")
    product_uom_id = fields.Many2one(related='product_id.uom_id', string="Unit")
    product_tracking = fields.Selection(related='product_id.tracking')
    lot_id = fields.Many2one(
        'stock.lot', string="Lot/Serial Number", check_company=True, domain="[('product_id', 'in', lot_product_ids)]",
        ondelete='restrict')

    # who works on it
    stage_id = fields.Many2one(
        'order.ticket.stage', string="Ticket Stage", compute='_compute_stage_id', store=True, readonly=False,
        precompute=True, required=True, index=True, ondelete='restrict', copy=False, tracking=True,
        group_expand='_read_group_stage_ids')
    is_closed = fields.Boolean(related='stage_id.is_closed', string="Closed")
    is_waiting = fields.Boolean(related='stage_id.is_waiting', string="Waiting")
    team_id = fields.Many2one(
        'order.ticket.team', compute='_compute_team_id', store=True, readonly=False, precompute=True,
        check_company=True, index=True, ondelete='restrict', tracking=True)
    user_id = fields.Many2one(
        'res.users', string="Assigned To", check_company=True, domain=[('share', '=', False)], index=True,
        copy=False, tracking=True)
    tag_ids = fields.Many2many('order.ticket.tag', string="Tags")
    is_mine = fields.Boolean(compute='_compute_is_mine', search='_search_is_mine')

    # deadlines
    response_deadline = fields.Datetime(
        readonly=True, copy=False, help="The customer has to be contacted for the first time by then.")
    response_hours = fields.Float("Time to First Response", readonly=True, copy=False, help="Working hours.")
    clock_team_id = fields.Many2one(
        'order.ticket.team', string="Initial Team", readonly=True, copy=False, index='btree_not_null',
        ondelete='restrict', help="The deadlines count in the working hours of this team.")
    clock_policy_id = fields.Many2one(
        'order.policy', string="Initial Policy", readonly=True, copy=False, ondelete='restrict',
        help="The deadlines count in the working hours of this policy, if the team has none.")
    responded_at = fields.Datetime(
        "First Response", readonly=True, copy=False, help="The first message of an employee to the customer.")
    is_response_overdue = fields.Boolean(
        "Response Overdue", compute='_compute_is_response_overdue', search='_search_is_response_overdue')
    closed_at = fields.Datetime(readonly=True, copy=False, index=True)
    closed_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    reopen_count = fields.Integer("Times Reopened", readonly=True, copy=False)

    # cause and outcome
    cause_id = fields.Many2one(
        'order.ticket.cause', index='btree_not_null', ondelete='restrict', copy=False, tracking=True)
    cause_note = fields.Text("Investigation", copy=False, help="The findings about the cause.")
    fault_role_id = fields.Many2one(
        'order.role', string="Department at Fault", compute='_compute_fault_role_id', store=True, readonly=False,
        ondelete='restrict', copy=False)
    improvement = fields.Text(copy=False, help="The measures taken to prevent a recurrence.")
    outcome_note = fields.Text("Outcome", readonly=True, copy=False, help="The text sent to the customer.")
    outcome_sent_at = fields.Datetime("Outcome Sent On", readonly=True, copy=False)
    outcome_sent_by_id = fields.Many2one('res.users', readonly=True, copy=False)

    # remedy
    return_picking_ids = fields.One2many(
        'stock.picking', 'ticket_id', string="Returns", readonly=True, copy=False, groups='stock.group_stock_user')
    return_summary = fields.Char("Goods Returned", compute='_compute_return_summary', compute_sudo=True)
    can_return = fields.Boolean(compute='_compute_can_return', compute_sudo=True)
    visit_ids = fields.One2many('order.visit', 'ticket_id', string="Visits", readonly=True, copy=False)

    _name_unique = models.UniqueIndex(
        '(company_id, name)', "Another ticket of the company already has this number: save again.")
    _open_index = models.Index('(company_id, deadline) WHERE closed_at IS NULL')

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('stage_id', 'cause_id', 'kind', 'outcome_sent_at')
    def _check_closing(self):
        for ticket in self.sudo():
            if ticket.stage_id.is_closed and (message := ticket._get_closing_obstacle()):
                raise ValidationError(message)

    @api.constrains('quantity')
    def _check_quantity(self):
        if wrong := self.filtered(lambda ticket: ticket.quantity < 0)[:1]:
            raise ValidationError(self.env._(
                "The quantity of %(ticket)s cannot be negative: enter the quantity of the product concerned.",
                ticket=wrong.display_name))

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('name', 'subject')
    def _compute_display_name(self):
        for ticket in self:
            ticket.display_name = " · ".join(filter(None, (ticket.name, ticket.subject))) or self.env._("New Ticket")

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for ticket in self:
            ticket.access_url = f'/my/tickets/{ticket.id}'
        return result

    @api.depends('order_id')
    def _compute_company_id(self):
        for ticket in self:
            # An order that is chosen later must be one of the company, so that the number stays unique.
            ticket.company_id = ticket.company_id or ticket.order_id.sudo().company_id or self.env.company

    @api.depends('order_id')
    def _compute_partner_id(self):
        for ticket in self:
            ticket.partner_id = ticket.partner_id or ticket.order_id.sudo().partner_id

    @api.depends('company_id')
    def _compute_stage_id(self):
        # No default: that would be looked up for each ticket.
        first = self.env['order.ticket.stage']._get_first()
        for ticket in self:
            ticket.stage_id = ticket.stage_id or first

    @api.depends('company_id')
    def _compute_team_id(self):
        teams = self.env['order.ticket.team']._get_default_teams(self.company_id)
        for ticket in self:
            if not ticket.team_id or ticket.team_id.sudo().company_id != ticket.company_id:
                ticket.team_id = teams.get(ticket.company_id)

    @api.depends('cause_id')
    def _compute_fault_role_id(self):
        for ticket in self:
            ticket.fault_role_id = ticket.cause_id.role_id or ticket.fault_role_id

    @api.depends('user_id')
    @api.depends_context('uid')
    def _compute_is_mine(self):
        for ticket in self:
            ticket.is_mine = ticket.user_id == self.env.user

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_mine'], 'read')
        return Domain('user_id', '=', self.env.uid) if True in value else Domain.FALSE

    @api.depends('closed_at')
    def _compute_is_overdue(self):
        return super()._compute_is_overdue()

    @api.depends('response_deadline', 'responded_at', 'closed_at')
    def _compute_is_response_overdue(self):
        now = fields.Datetime.now()
        for ticket in self:
            ticket.is_response_overdue = bool(
                ticket.response_deadline and not ticket.responded_at and not ticket.closed_at
                and ticket.response_deadline < now)

    @api.model
    def _search_is_response_overdue(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_response_overdue'], 'read')
        overdue = (
            Domain('responded_at', '=', False) & Domain('closed_at', '=', False)
            & Domain('response_deadline', '<', fields.Datetime.now()))
        return overdue if True in value else Domain.FALSE

    @api.depends('return_picking_ids')
    @api.depends_context('lang')
    def _compute_return_summary(self):
        states = dict(self.env['stock.picking']._fields['state']._description_selection(self.env))
        for ticket in self:
            ticket.return_summary = ", ".join(
                f"{picking.name} ({states[picking.state]})" for picking in ticket.return_picking_ids)

    @api.depends('order_id')
    def _compute_can_return(self):
        for ticket in self:
            ticket.can_return = bool(ticket.order_id) and any(
                move.state == 'done' and move._is_to_customer() for move in ticket.order_id.order_line.move_ids)

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        return stages.sudo().search([]).sudo(self.env.su)

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'name', 'company_id', 'is_closed', 'is_waiting', 'response_deadline', 'response_hours', 'clock_team_id',
            'clock_policy_id', 'responded_at', 'closed_at', 'closed_by_id', 'reopen_count', 'outcome_note',
            'outcome_sent_at', 'outcome_sent_by_id',
        }

    @api.model
    def _get_portal_fields(self):
        """What customers read of their tickets over the API; the company's own notes are not for their eyes.

        :return: set of field names; extend the set of ``super()``
        """
        return super()._get_portal_fields() | {
            'id', 'display_name', 'name', 'subject', 'description', 'kind', 'stage_id', 'partner_id', 'company_id',
            'order_id', 'user_id', 'product_id', 'quantity', 'product_uom_id', 'lot_id', 'closed_at', 'outcome_note',
            'outcome_sent_at', 'create_date', 'write_date', 'access_url', 'access_token', 'access_warning',
            'message_is_follower',
        }

    @api.model
    def _is_portal_link_role(self):
        return self._is_agent()

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        # Numbers and clocks are nobody's to give: they come after what the person has entered.
        tickets_sudo = tickets.sudo()
        tickets_sudo._assign_numbers()
        tickets_sudo._start_clocks()
        tickets_sudo._follow_customers()
        tickets._follow_stage(dict.fromkeys(tickets, self.env['order.ticket.stage']))
        return tickets

    def write(self, vals):
        self.check_access('write')
        self._check_complaints_stay(vals)
        self._check_closed_stay(vals)
        before = {ticket: ticket.stage_id for ticket in self} if 'stage_id' in vals else {}
        partners = {ticket: ticket.partner_id for ticket in self} if 'partner_id' in vals else {}
        result = super().write(vals)
        if before:
            self._follow_stage(before)
        if partners:
            changed_sudo = self.filtered(lambda ticket: ticket.partner_id != partners[ticket]).sudo()
            changed_sudo._follow_customers()
            # The outcome was sent to somebody else.
            if informed := changed_sudo.filtered('outcome_sent_at'):
                informed._write_guarded({'outcome_sent_at': False, 'outcome_sent_by_id': False})
        return result

    def _check_complaints_stay(self, vals):
        """:raise UserError: if a complaint would become something that is closed without a word to the customer"""
        if vals.get('kind', 'complaint') == 'complaint':
            return
        if complaint := self.filtered(lambda ticket: ticket.kind == 'complaint')[:1]:
            raise UserError(self.env._(
                "%(ticket)s is a complaint. Its type cannot be changed, as the customer has to be informed of the "
                "outcome.",
                ticket=complaint.display_name))

    def _check_closed_stay(self, vals):
        """:raise UserError: if a closed ticket would be another order's, customer's or person's, not reopened"""
        names = vals.keys() & {'order_id', 'partner_id', 'user_id'}
        stage = self.env['order.ticket.stage'].browse(vals.get('stage_id'))
        if not names or self._is_acting() or stage and not stage.is_closed:
            return
        if closed := self.filtered(lambda ticket: ticket.closed_at and any(
                ticket.sudo()[name].id != (vals[name] or False) for name in names))[:1]:
            raise UserError(self.env._(
                "%(ticket)s is closed. Reopen it to change its order, customer or assignee.",
                ticket=closed.display_name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        if closed := self.filtered('closed_at')[:1]:
            raise UserError(self.env._(
                "%(ticket)s is closed and must be kept on record.", ticket=closed.display_name))

    # -- actions --------------------------------------------------------------------------------

    def action_assign_to_me(self):
        """Take tickets on.

        :return: True
        :raise AccessError: for people who do not work on tickets
        """
        self._check_agent()
        self.user_id = self.env.user
        return True

    def action_tell_outcome(self, note):
        """Send the customers of open tickets the outcome (article A2), by message and mail in their language.

        :param note: the text that is sent, the same for all of the tickets
        :return: True
        :raise AccessError: for people who do not work on tickets
        :raise UserError: without a note, or if a ticket is closed or its customer has no e-mail address; then
            nobody is notified
        """
        self._check_agent()
        if not (note := read_text(note)):
            raise UserError(self.env._("Enter the message to the customer."))
        for ticket in self:
            if ticket.is_closed:
                raise UserError(self.env._(
                    "%(ticket)s is closed: reopen it to send the customer another message.",
                    ticket=ticket.display_name))
            if not ticket.partner_id.email:
                raise UserError(self.env._(
                    "%(customer)s has no e-mail address, so the outcome of %(ticket)s cannot be sent: enter an address "
                    "first.", customer=ticket.partner_id.display_name, ticket=ticket.display_name))
        self.sudo()._write_guarded({
            'outcome_note': note,
            'outcome_sent_at': fields.Datetime.now(),
            'outcome_sent_by_id': self.env.uid,
        })
        self._post_outcome()
        return True

    def action_open_tell_outcome(self):
        """:return: the action that asks for the message to the customers"""
        return self._open_action('order_ticket_outcome_action', context={'default_ticket_ids': self.ids})

    def action_close(self):
        """Close tickets: the cause is known, and for complaints the outcome has been sent (articles A2, A3).

        :return: True
        :raise AccessError, UserError: with the first ticket that cannot be closed; then none is
        """
        self._check_refusals(self._get_close_refusals())
        self._action_close()
        return True

    def action_close_possible(self):
        """Close those of the tickets that can be closed, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_close_refusals()
        possible = self._without(refusals)
        possible._action_close()
        return self._get_summary_notification(
            self.env._("%(count)s tickets have been closed.", count=len(possible)), refusals)

    def action_reopen(self):
        """Take closed tickets up again; their clock runs on from where it stood.

        :return: True
        :raise AccessError, UserError: with the first ticket that is not closed; then none is reopened
        """
        self._check_agent()
        if open_ticket := self.filtered(lambda ticket: not ticket.is_closed)[:1]:
            raise UserError(self.env._("%(ticket)s is not closed.", ticket=open_ticket.display_name))
        self.stage_id = self._get_stage()
        return True

    def action_open_return(self):
        """:return: the action that asks which goods of one ticket come back"""
        self._check_one()
        return self._open_action('order_ticket_return_action', context={'default_ticket_id': self.id})

    def action_create_return(self):
        """Make return transfers for the product and quantity of each ticket, which stock validates.

        :return: a notification that names the transfers, or the action that shows them to people of stock
        :raise AccessError: for people who do not work on tickets
        :raise UserError: with the first ticket whose goods cannot come back; then no return is made
        """
        self._check_agent()
        pickings_sudo = self.env['stock.picking'].sudo()
        for ticket in self:
            if not ticket.product_id:
                raise UserError(self.env._(
                    "Enter the product to be returned on %(ticket)s.", ticket=ticket.display_name))
            pickings_sudo |= ticket._make_return({ticket.product_id: ticket.quantity})
        return self._show_returns(pickings_sudo)

    def action_open_returns(self):
        """:return: the action with the return transfers of these tickets"""
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'stock.picking',
            'view_mode': 'list,form',
            'domain': [('ticket_id', 'in', self.ids)],
            'context': {'create': False},
            'name': self.env._("Returns"),
        }

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _is_agent(self):
        """Whether the person works on tickets; asked of ``env.user`` whatever ``env.su`` is. OdooBot does."""
        return self.env.user._is_superuser() or self.env.user.has_group('sale_order_lifecycle.group_aftersales')

    def _check_agent(self):
        """:raise AccessError: unless the person works on these tickets"""
        if not self._is_agent():
            raise AccessError(self.env._(
                "Only members of the after-sales department can handle tickets: ask one of them."))
        self.with_user(self.env.user).check_access('write')

    def _get_stage(self, **flags):
        """:return: the first stage with these flags, as :meth:`order.ticket.stage._get_first`
        :raise UserError: if there is none
        """
        stage = self.env['order.ticket.stage']._get_first(**flags)
        if not stage:
            raise UserError(self.env._(
                "No ticket stage is available: ask a manager to create one each for open, waiting and closed tickets."))
        return stage

    def _get_closing_obstacle(self):
        """:return: one sentence why this ticket cannot be in a closed stage, or False; override to demand more"""
        self.ensure_one()
        if not self.cause_id:
            return self.env._(
                "%(ticket)s cannot be closed without a cause: enter the cause first.", ticket=self.display_name)
        if self.kind == 'complaint' and not self.outcome_sent_at:
            return self.env._(
                "%(ticket)s is a complaint and cannot be closed before the customer is informed of the outcome: use "
                "“Send Outcome” first.", ticket=self.display_name)
        return False

    def _get_close_refusals(self):
        """Why these tickets cannot be closed by the person.

        :return: dict ticket id → exception with one sentence; tickets that can be closed are missing
        """
        self._check_agent()
        refusals = {}
        for ticket in self.sudo():
            if ticket.is_closed:
                message = self.env._("%(ticket)s is already closed.", ticket=ticket.display_name)
            else:
                message = ticket._get_closing_obstacle()
            if message:
                refusals[ticket.id] = UserError(message)
        return refusals

    def _action_close(self):
        """Close tickets after all checks; rooms extend it."""
        if self:
            self.stage_id = self._get_stage(is_closed=True)

    # -- numbers --------------------------------------------------------------------------------

    def _assign_numbers(self):
        """Number tickets, those of a company in one go."""
        for company, tickets in self.grouped('company_id').items():
            for ticket, number in zip(tickets, self._next_numbers(company, len(tickets))):
                ticket._write_guarded({'name': number})

    @api.model
    def _next_numbers(self, company, count):
        """:return: list of the next numbers of a company's sequence"""
        sequence = self._get_sequence(company)
        if sequence.implementation == 'standard' and not sequence.use_date_range:
            # Core asks the database for one number at a time.
            rows = self.env.execute_query(SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)", f'ir_sequence_{sequence.id:03d}', count))
            return [sequence.get_next_char(number) for (number,) in rows]
        return [sequence.next_by_id() for _index in range(count)]

    @api.model
    def _get_sequence(self, company):
        """:return: the ``ir.sequence`` of a company as superuser, the one for all companies where it has none"""
        return self.env['ir.sequence'].sudo().search([
            ('code', '=', 'order.ticket'), ('company_id', 'in', (company.id, False)),
        ], order='company_id', limit=1)

    @api.model
    def _create_sequences(self, companies):
        """Give companies that have none their own numbering of tickets."""
        Sequence = self.env['ir.sequence'].sudo()
        present = Sequence.search([('code', '=', 'order.ticket'), ('company_id', 'in', companies.ids)]).company_id
        if companies <= present:
            return
        shared = self.env.ref('sale_order_lifecycle.sequence_order_ticket').sudo()
        # Numbers that the company has from the common one are not given again.
        first = shared.number_next_actual if shared.number_next_actual > 1 else 1
        Sequence.create([{
            'name': shared.name,
            'code': 'order.ticket',
            'prefix': shared.prefix,
            'padding': shared.padding,
            'number_next': first,
            'company_id': company.id,
        } for company in companies - present])

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'name', 'subject', 'description', 'kind', 'priority', 'partner_id', 'product_id', 'quantity', 'lot_id',
            'stage_id', 'team_id', 'user_id', 'create_date', 'response_deadline', 'responded_at', 'deadline',
            'closed_at', 'closed_by_id', 'hours_used', 'reopen_count', 'cause_id', 'cause_note', 'fault_role_id',
            'improvement', 'outcome_note', 'outcome_sent_at', 'outcome_sent_by_id', 'return_summary',
        ]
