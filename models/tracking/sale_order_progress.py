from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime, plaintext2html

from ..mixins.arguments import read_text


class SaleOrder(models.Model):
    """Departments report the progress of an order to sales, regularly and when they are urged (articles F3, K1)."""
    _inherit = 'sale.order'

    progress_ids = fields.One2many(
        'order.progress', 'order_id', string="Progress Requests", readonly=True, copy=False,
        groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')
    progress_count = fields.Integer("Number of Progress Requests", compute='_compute_progress_count', compute_sudo=True)
    open_progress_count = fields.Integer(
        "Unanswered Progress Requests", compute='_compute_progress_count', compute_sudo=True)
    progress_asked_at = fields.Datetime(
        "Progress Last Asked On", readonly=True, copy=False, help="When the last regular reports were due.")
    has_progress_requests = fields.Boolean(
        readonly=True, copy=False, help="A department was asked for the progress of the order.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('progress_ids.state')
    def _compute_progress_count(self):
        counts = {}
        if governed := self.filtered('policy_id'):
            for order, state, count in self.env['order.progress'].sudo()._read_group(
                    [('order_id', 'in', governed.ids)], ['order_id', 'state'], ['__count']):
                counts.setdefault(order.id, {})[state] = count
        for order in self:
            own = counts.get(order._origin.id, {})
            order.progress_count, order.open_progress_count = sum(own.values()), own.get('requested', 0)

    # -- guarded fields -------------------------------------------------------------------------

    # -- actions --------------------------------------------------------------------------------

    def action_urge(self, role_code, reason):
        """Urge a department to report the progress of orders, on record (article K1).

        :param role_code: code of the ``order.role`` that is urged
        :param reason: text, why it is; required
        :return: True
        :raise AccessError, UserError: with the first order for which it cannot be urged; then it is for none
        """
        self._check_urging()
        role = self.env['order.role'].sudo()._get_by_code(read_text(role_code))
        if not role.active or role.code == 'sales':
            raise UserError(self.env._(
                "Enter the code of the department to urge: one of the order roles other than sales."))
        self._check_refusals(self._get_urge_refusals(role))
        if not (reason := read_text(reason)):
            raise UserError(self.env._("Enter the reason why you urge the department."))
        self._action_urge(role, reason)
        return True

    def action_open_urge(self):
        """:return: the action that asks which department is urged, and why"""
        self._check_urging()
        self.check_access('read')
        roles = [code for codes in self.sudo()._get_working_roles().values() for code in codes if code != 'sales']
        context = {'default_order_ids': self.ids}
        if len(set(roles)) == 1:
            context['default_role_id'] = self.env['order.role']._get_by_code(roles[0]).id
        return self._open_action('order_progress_urge_action', context=context)

    def action_open_progress(self):
        """:return: the action that opens the progress requests of these orders"""
        return self._open_action('order_progress_action', domain=[('order_id', 'in', self.ids)], context={})

    # -- who may urge ---------------------------------------------------------------------------

    @api.model
    def _check_urging(self):
        """:raise AccessError: unless the person is of sales; an urge is a person's word, so OdooBot makes none"""
        if self.env.user._is_superuser() or not self._is_lifecycle_sales():
            raise AccessError(self.env._("Only sales staff can urge a department. Ask a member of the sales team."))

    def _get_urge_refusals(self, role):
        """Why the person cannot urge a department about these orders; asked of ``env.user`` whatever ``env.su`` is.

        :param role: ``order.role`` as superuser
        :return: dict order id → exception with one sentence; orders for which it can be urged are missing
        """
        waiting = {
            request.order_id.id: request for request in self.env['order.progress'].sudo().search(
                Domain('order_id', 'in', self.ids) & Domain('role_id', '=', role.id) & Domain('kind', '=', 'urge')
                & Domain('state', '=', 'requested'))}
        return self._collect_refusals(lambda order: order._get_urge_refusal(role, waiting.get(order.id)))

    def _get_urge_refusal(self, role, waiting):
        """
        :param waiting: the urge of this department that is not answered yet, None where there is none
        :return: exception why the person cannot urge the department about this order, None where nothing is against it
        """
        self.ensure_one()
        if self.company_id not in self.env.user.company_ids:
            return AccessError(self.env._(
                "%(order)s belongs to a company that you do not have access to.", order=self.name))
        if not self.policy_id or not self.received_at:
            return UserError(self.env._(
                "%(order)s is not registered under an order policy, so no department works on it.", order=self.name))
        if self.state == 'cancel':
            return UserError(self.env._("%(order)s is cancelled, so nobody can be urged.", order=self.name))
        if waiting:
            return UserError(self.env._(
                "%(person)s has already urged %(role)s about %(order)s: the answer is due by %(deadline)s.",
                person=waiting.requested_by_id.name, role=role.with_env(self.env).sudo().name, order=self.name,
                deadline=format_datetime(self.env, waiting.deadline, dt_format='short')))
        return None

    # -- business -------------------------------------------------------------------------------

    def _action_urge(self, role, reason):
        """Put the urge of the present person on record and tell the department; rights were asked before."""
        if not self:
            return
        orders, now = self.sudo(), fields.Datetime.now()
        requests = self.env['order.progress'].sudo()._create_guarded([{
            'order_id': order.id, 'role_id': role.id, 'kind': 'urge', 'requested_by_id': self.env.uid,
            'requested_at': now, 'reason': reason, 'deadline_hours': order.policy_id.progress_hours,
        } for order in orders])
        requests._start_clock()
        requests._notify_requested('urge', at_once=True)
        orders._keep_progress_asked()
        body = plaintext2html(self.env._(
            "%(person)s urges %(role)s: %(reason)s", person=self.env.user.name,
            role=role.with_env(self.env).sudo().name, reason=reason))
        orders._message_log_batch(bodies=dict.fromkeys(orders.ids, body), author_id=self.env.user.partner_id.id)
        orders._lifecycle_event('urged', requests=requests)

    def _keep_progress_asked(self):
        """Keep that somebody was asked, so that nobody looks for requests of other orders; as superuser."""
        if new := self.filtered(lambda order: not order.has_progress_requests):
            new._write_guarded({'has_progress_requests': True})

    # -- regular reports ------------------------------------------------------------------------

    @api.model
    def _get_reported_phases(self):
        """:return: list of the values of ``lifecycle_phase`` in which departments report; later rooms add theirs"""
        return ['production']

    @api.model
    def _find_due_for_progress(self):
        """:return: the orders whose regular reports are due now, as superuser"""
        policies = self.env['order.policy'].sudo().with_context(active_test=False).search([
            ('progress_interval_days', '>', 0), ('company_id', '!=', False), ('state', '!=', 'draft')])
        if not policies:
            return self.sudo().browse()
        now = fields.Datetime.now()
        asked_long_ago = []
        for policy in policies:
            # Working hours take at least as long: most orders are left out without a look at the calendar.
            latest = fields.Datetime.subtract(now, hours=policy._get_progress_interval_hours())
            asked_long_ago.append(
                Domain('policy_id', '=', policy.id) & Domain('confirmed_at', '<=', latest)
                & (Domain('progress_asked_at', '=', False) | Domain('progress_asked_at', '<=', latest)))
        return self.sudo().search(
            Domain('lifecycle_phase', 'in', self._get_reported_phases()) & Domain.OR(asked_long_ago),
            order='id')._filter_due_for_progress()

    def _filter_due_for_progress(self):
        """:return: those of these orders, as superuser, whose last regular reports, or else whose confirmation, are as
            many working days ago as the policy says"""
        now, due = fields.Datetime.now(), self.browse()
        # What was asked before it was cancelled and confirmed anew does not count.
        since = {
            order: max(order.confirmed_at, order.progress_asked_at or order.confirmed_at) for order in self
            if order.lifecycle_phase in self._get_reported_phases() and order.confirmed_at
            and order.policy_id.progress_interval_days > 0}
        WorkingTime = self.env['order.working.time']
        timed = self.browse([order.id for order in since])
        for sources, company, former, orders in WorkingTime._group(timed, lambda order: order._get_clock_mark()):
            span = WorkingTime._get_span(sources, company, min(since[order] for order in orders), now, former)
            due |= orders.filtered(
                lambda order, span=span: span.hours_between(since[order], now)
                >= order.policy_id._get_progress_interval_hours() - 1e-6)
        return due

    def _open_progress_requests(self):
        """Open the regular reports of these orders, as superuser, unless another node has done so meanwhile."""
        if due := self._filter_due_for_progress():
            self.env['order.progress']._open_scheduled(due)
            due._write_guarded({'progress_asked_at': fields.Datetime.now()})

    # -- what ends them -------------------------------------------------------------------------

    def _cancel_progress_requests(self):
        """These orders are cancelled: nobody needs to report on them any more; as superuser."""
        self.filtered('has_progress_requests').progress_ids._cancel()

    def _end_progress_requests(self):
        """Goods and services of some of these orders may be delivered: nobody needs to report on that any more."""
        done = self.sudo().filtered(lambda order: order.has_progress_requests and not order._is_being_fulfilled())
        codes = set(self._get_progress_roles().values())
        done.progress_ids.filtered(
            lambda request: request.kind == 'scheduled' or request.role_id.code in codes)._cancel()
