from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..mixins.arguments import read_text

# From this score on downwards the customer is not satisfied, and somebody has to look into it.
BAD_SCORE = 2
OPEN_STATES = ('todo', 'unreachable')


class OrderVisit(models.Model):
    """A call to a customer after the delivery, and how satisfied the customer is (article A4).

    Visits are planned by themselves when an order is fulfilled; their results come by actions only.
    """
    _name = 'order.visit'
    _inherit = [
        'order.guarded.mixin', 'order.batch.mixin', 'order.part.mixin', 'order.board.mixin', 'order.dossier.mixin']
    _description = "Customer Visit"
    _order = 'due_date, id'
    _rec_name = 'order_id'
    _check_company_auto = True
    _allow_sudo_commands = False

    order_id = fields.Many2one('sale.order', required=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='order_id.company_id', store=True, precompute=True, index=True)
    partner_id = fields.Many2one(
        'res.partner', string="Customer", compute='_compute_partner_id', store=True, readonly=False, precompute=True,
        required=True, index=True, ondelete='restrict', help="The contact to call.")
    partner_phone = fields.Char(related='partner_id.phone', string="Phone")
    partner_email = fields.Char(related='partner_id.email', string="E-mail")
    fulfilled_at = fields.Datetime(related='order_id.fulfilled_at')
    due_date = fields.Date(required=True, default=lambda self: self.env.company._get_local_date())
    user_id = fields.Many2one(
        'res.users', string="Assigned To", check_company=True, domain=[('share', '=', False)], index=True)
    state = fields.Selection(
        [('todo', "To Call"), ('unreachable', "Not Reached"), ('done', "Done"), ('cancelled', "Cancelled")],
        required=True, readonly=True, default='todo', copy=False, index=True, group_expand=True)
    is_planned = fields.Boolean(
        "Planned by the Policy", readonly=True, copy=False,
        help="Scheduled automatically when the order was fulfilled.")

    # the result
    satisfaction = fields.Integer(
        readonly=True, copy=False, aggregator='avg',
        help="From 1, not satisfied at all, to 5, very satisfied; 0 if the customer has not been asked yet.")
    note = fields.Text("Customer Feedback", readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False, index=True)
    done_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    attempt_count = fields.Integer("Unanswered Calls", readonly=True, copy=False)
    ticket_id = fields.Many2one('order.ticket', readonly=True, copy=False, index='btree_not_null', ondelete='set null')

    # who sees it
    is_mine = fields.Boolean(compute='_compute_is_mine', search='_search_is_mine')
    is_overdue = fields.Boolean("Overdue", compute='_compute_is_overdue', search='_search_is_overdue')
    can_report = fields.Boolean(compute='_compute_can_report')

    # -- constraints and indexes ----------------------------------------------------------------

    _satisfaction_range = models.Constraint(
        'CHECK (satisfaction BETWEEN 0 AND 5)', "The satisfaction must be a number from 1 to 5: correct it.")
    _open_index = models.Index("(company_id, due_date) WHERE state IN ('todo', 'unreachable')")
    _planned_unique = models.UniqueIndex(
        "(order_id) WHERE is_planned AND state <> 'cancelled'", "The visit of this order is already planned.")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('order_id', 'partner_id')
    def _compute_display_name(self):
        for visit in self:
            visit.display_name = f"{visit.order_id.sudo().name or ''} · {visit.partner_id.sudo().display_name or ''}"

    @api.depends('order_id')
    def _compute_partner_id(self):
        for visit in self:
            visit.partner_id = visit.partner_id or visit.order_id.sudo().partner_id

    @api.depends('user_id')
    @api.depends_context('uid')
    def _compute_is_mine(self):
        for visit in self:
            visit.is_mine = visit.user_id == self.env.user

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('user_id', '=', self.env.uid) if True in value else Domain.FALSE

    @api.depends('due_date', 'state')
    def _compute_is_overdue(self):
        for visit in self:
            visit.is_overdue = (
                visit.state in OPEN_STATES and bool(visit.due_date)
                and visit.due_date < (
                    visit.order_id._get_lifecycle_today() if visit.order_id else self.env.company._get_local_date()))

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != 'in':
            return NotImplemented
        if True not in value:
            return Domain.FALSE
        return Domain('state', 'in', OPEN_STATES) & Domain.OR(
            Domain('due_date', '<', today) & Domain('order_id', 'any!', orders)
            for orders, _zone, today in self.env['sale.order']._get_days())

    @api.depends('state', 'user_id')
    @api.depends_context('uid')
    def _compute_can_report(self):
        saved = self._origin
        refusals = saved._get_report_refusals()
        for visit in self:
            visit.can_report = bool(visit._origin) and visit._origin.id not in refusals

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'company_id', 'state', 'is_planned', 'satisfaction', 'note', 'done_at', 'done_by_id', 'attempt_count',
            'ticket_id',
        }

    def write(self, vals):
        if 'order_id' in vals and not self._is_acting():
            if planned := self.filtered(lambda visit: visit.is_planned and visit.order_id.id != vals['order_id'])[:1]:
                raise UserError(self.env._(
                    "The visit “%(visit)s” was planned by the policy for its order and cannot be moved: create another "
                    "visit instead.",
                    visit=planned.display_name))
        if vals.keys() & {'order_id', 'partner_id'} and not self.env.su:
            if closed := self.filtered(lambda visit: visit.state not in OPEN_STATES)[:1]:
                raise UserError(self.env._(
                    "The visit “%(visit)s” has ended and must be kept on record.", visit=closed.display_name))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_over(self):
        if over := self.filtered(lambda visit: visit.state not in OPEN_STATES or visit.is_planned)[:1]:
            raise UserError(self.env._(
                "The visit “%(visit)s” was planned by the policy or has ended, so it must be kept on record.",
                visit=over.display_name))

    # -- actions --------------------------------------------------------------------------------

    def action_done(self, satisfaction, note=None):
        """Record what customers have said; a bad score opens a complaint.

        :param satisfaction: 1, not satisfied at all, to 5, very satisfied
        :param note: what the customer said
        :return: True
        :raise AccessError, UserError: with the first visit that cannot be recorded; then none is
        """
        self._check_refusals(self._get_report_refusals())
        if satisfaction not in (1, 2, 3, 4, 5):
            raise UserError(self.env._("Enter the satisfaction of the customer as a number from 1 to 5."))
        visits_sudo = self.sudo()
        visits_sudo._write_guarded({
            'state': 'done',
            'satisfaction': satisfaction,
            'note': read_text(note) or False,
            'done_at': fields.Datetime.now(),
            'done_by_id': self.env.uid,
        })
        if satisfaction <= BAD_SCORE:
            visits_sudo._open_tickets()
        return True

    def action_unreachable(self):
        """Record that the customers did not answer; the visits stay in the call list for another try.

        :return: True
        :raise AccessError, UserError: with the first visit that cannot be recorded; then none is
        """
        self._check_refusals(self._get_report_refusals())
        for visit in self.sudo():
            visit._write_guarded({'state': 'unreachable', 'attempt_count': visit.attempt_count + 1})
        return True

    def action_cancel(self):
        """Give visits up; only members of after-sales do.

        :return: True
        :raise AccessError, UserError: with the first visit that cannot be cancelled; then none is
        """
        self.env['order.ticket']._check_agent()
        self._check_refusals(self._get_report_refusals())
        self.sudo()._write_guarded({'state': 'cancelled'})
        return True

    def action_open_result(self):
        """:return: the action that asks what the customers said"""
        return self._open_action('order_visit_result_action', context={'default_visit_ids': self.ids})

    def action_open_ticket(self):
        """:return: the action that opens the tickets that bad scores have opened"""
        return self.ticket_id._open_records()

    # -- board ----------------------------------------------------------------------------------

    @api.model
    def _get_board_columns(self):
        return {**super()._get_board_columns(), 'state': {'done', 'cancelled'}}

    # -- who may report -------------------------------------------------------------------------

    def _get_report_refusals(self):
        """Why the person cannot record results; asked of ``env.user`` whatever ``env.su`` is.

        :return: dict visit id → exception with one sentence; visits that can be recorded are missing
        """
        return self._collect_refusals(lambda visit: visit._get_report_refusal())

    def _get_report_refusal(self):
        """:return: exception why the person cannot record this visit, None where nothing is against it"""
        self.ensure_one()
        if not self.env['order.ticket']._is_agent() and self.user_id != self.env.user:
            return AccessError(self.env._(
                "The visit “%(visit)s” can only be recorded by its assignee or by the after-sales department: ask "
                "them.", visit=self.display_name))
        if self.state not in OPEN_STATES:
            return UserError(self.env._(
                "The visit “%(visit)s” has ended: plan another one to call again.", visit=self.display_name))
        return None

    @api.model
    def _get_unreadable_error(self):
        return AccessError(self.env._(
            "You do not have access to the order of this visit. Ask its salesperson or your manager."))

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _follow_orders(self, orders):
        """Plan the visits of orders that are fulfilled and give up those of orders that are not any more.

        In batch and as superuser; orders whose visit is there already are left alone.
        """
        orders = orders.sudo()
        planned = self.search([
            ('order_id', 'in', orders.ids), ('is_planned', '=', True), ('state', '!=', 'cancelled')])
        fulfilled = orders.filtered(lambda order: order.fulfilment_state == 'done' and order.fulfilled_at)
        planned.filtered(
            lambda visit: visit.state in OPEN_STATES and visit.order_id not in fulfilled
            )._write_guarded({'state': 'cancelled'})
        due = fulfilled.filtered(lambda order: order.policy_id.visit_delay_days > 0) - planned.order_id
        self._create_guarded([order._prepare_visit_vals() for order in due])

    def _open_tickets(self):
        """Look into the bad scores: one complaint a visit, in one batch, as superuser."""
        tickets = self.env['order.ticket'].create([visit._prepare_ticket_vals() for visit in self])
        for visit, ticket in zip(self, tickets):
            visit._write_guarded({'ticket_id': ticket.id})

    def _prepare_ticket_vals(self):
        """:return: values of the complaint that a bad score opens"""
        self.ensure_one()
        return {
            'subject': self.env._(
                "Not satisfied: %(score)s of 5 for %(order)s", score=self.satisfaction, order=self.order_id.name),
            'description': self.note,
            'kind': 'complaint',
            'order_id': self.order_id.id,
            'partner_id': self.partner_id.id,
        }

    @api.model
    def _get_default_due_date(self, order):
        """:return: the day on which the customer of a fulfilled order is called"""
        return order._to_lifecycle_date(order.fulfilled_at) + timedelta(days=order.policy_id.visit_delay_days)

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'partner_id', 'due_date', 'user_id', 'state', 'satisfaction', 'note', 'done_at', 'done_by_id',
            'attempt_count', 'ticket_id',
        ]
