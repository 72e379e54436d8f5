from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, plaintext2html

from ..mixins.local_time import to_date, to_moment

# How long ago an absence may have begun or ended that no run has followed yet.
_REPORTED = timedelta(days=2)
# How many absences are followed between two commits.
_BATCH = 100


class OrderReviewDelegation(models.Model):
    """Somebody decides another person's reviews while that person is away (article R6).

    The delegate acts with the rights that the other person has at that moment, and only with that person's own ones:
    a delegation is not handed on. Its days are those of the absent person's time zone, both included.
    """
    _name = 'order.review.delegation'
    _inherit = ['mail.thread', 'order.guarded.mixin']
    _description = "Delegation of Reviews"
    _order = 'date_from desc, id desc'
    _allow_sudo_commands = False

    user_id = fields.Many2one(
        'res.users', string="Absent User", required=True, index=True, ondelete='restrict', tracking=True,
        default=lambda self: self.env.user, domain=[('share', '=', False)])
    delegate_id = fields.Many2one(
        'res.users', required=True, index=True, ondelete='restrict', tracking=True,
        domain=[('share', '=', False)],
        help="Can see and decide the reviews that the absent user may decide while the delegation is in effect, and "
             "answer progress requests. The delegate does not have to be a member of the role.")
    role_id = fields.Many2one(
        'order.role', string="Limited to Role", ondelete='restrict', tracking=True,
        help="The role to which the delegation is limited; all roles of the absent user if empty.")
    date_from = fields.Date("From", required=True, tracking=True,
        default=lambda self: to_date(fields.Datetime.now(), self.env.user._get_order_time_zone()))
    date_to = fields.Date("To", required=True, tracking=True, help="The last day, included.")

    # the moments, in the time zone of the absent person
    starts_at = fields.Datetime(compute='_compute_period', store=True)
    ends_at = fields.Datetime(compute='_compute_period', store=True)
    ended_at = fields.Datetime("Ended Early", readonly=True, copy=False)
    state = fields.Selection(
        [('planned', "Planned"), ('running', "In Effect"), ('over', "Ended")], compute='_compute_state',
        search='_search_state')
    is_manager = fields.Boolean(compute='_compute_is_manager')
    absence_warning = fields.Text(
        compute='_compute_absence_warning', compute_sudo=True,
        help="Why nobody may be available to decide the reviews during part of the period.")

    # -- constraints ----------------------------------------------------------------------------

    _dates_check = models.Constraint(
        'CHECK (date_from <= date_to)', "The delegation ends before it begins: select a later last day.")

    @api.constrains('user_id', 'delegate_id')
    def _check_people(self):
        for delegation in self.sudo():
            user, delegate = delegation.user_id, delegation.delegate_id
            if user == delegate:
                raise ValidationError(self.env._("You cannot delegate to yourself: select a colleague."))
            if user.share or delegate.share:
                raise ValidationError(self.env._(
                    "Only internal users review orders, so %(person)s can neither delegate reviews nor be a delegate.",
                    person=(user if user.share else delegate).name))
            if not user.company_ids & delegate.company_ids:
                raise ValidationError(self.env._(
                    "%(delegate)s has access to none of the companies of %(person)s and could not see any review: "
                    "select a colleague.", delegate=delegate.name, person=user.name))

    @api.constrains('user_id', 'delegate_id', 'role_id', 'date_from', 'date_to')
    def _check_right(self):
        """Rules of access look at the row before it is written; this one at the rights that are given away."""
        person = self.env.user
        if person._is_superuser():
            return
        for delegation in self.sudo().filtered(lambda row: row.user_id != person):
            if not delegation._is_managed_by(person):
                raise AccessError(self.env._(
                    "You can only delegate your own reviews. Ask a manager of the order lifecycle to do it for "
                    "%(person)s.", person=delegation.user_id.name))
            if delegation.delegate_id == person:
                raise AccessError(self.env._(
                    "You cannot appoint yourself as the delegate of %(person)s: another manager or %(person)s has to "
                    "do it.", person=delegation.user_id.name))

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('user_id', 'delegate_id')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for delegation in self:
            delegation.display_name = self.env._(
                "%(delegate)s on behalf of %(person)s", delegate=delegation.delegate_id.name or "",
                person=delegation.user_id.name or "")

    @api.depends('user_id.tz', 'user_id.company_id', 'date_from', 'date_to', 'ended_at')
    def _compute_period(self):
        now = fields.Datetime.now()
        for delegation in self:
            # Wherever the person moves to: what has begun has begun, and what is over stays over.
            has_begun = delegation.starts_at and delegation.starts_at <= now
            if not has_begun:
                delegation.starts_at = delegation.date_from and delegation._to_moment(delegation.date_from)
            if not delegation.ends_at or delegation.ends_at > now:
                end = delegation.date_to and delegation._to_moment(delegation.date_to + timedelta(days=1))
                if has_begun and end:
                    end = max(end, now)
                delegation.ends_at = min(filter(None, (end, delegation.ended_at)), default=False)

    @api.depends('starts_at', 'ends_at')
    def _compute_state(self):
        now = fields.Datetime.now()
        for delegation in self:
            if not delegation.starts_at or not delegation.ends_at or delegation.starts_at > now:
                delegation.state = 'planned' if not delegation.ended_at else 'over'
            else:
                delegation.state = 'running' if delegation.ends_at > now else 'over'

    @api.model
    def _search_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        now = fields.Datetime.now()
        domains = {
            'planned': Domain('starts_at', '>', now) & Domain('ended_at', '=', False),
            'running': Domain('starts_at', '<=', now) & Domain('ends_at', '>', now),
            'over': Domain('ends_at', '<=', now),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends_context('uid')
    def _compute_is_manager(self):
        self.is_manager = self.env.user.has_group('sale_order_lifecycle.group_manager')

    @api.depends('user_id', 'delegate_id', 'role_id', 'date_from', 'date_to', 'ended_at')
    @api.depends_context('lang', 'uid')
    def _compute_absence_warning(self):
        others = self._get_others_meanwhile()
        for delegation in self:
            delegation.absence_warning = "\n".join(delegation._get_absence_warnings(others)) or False

    def _get_others_meanwhile(self):
        """:return: ``order.review.delegation`` of the same people that are not over and touch the days of these"""
        people = self.user_id._origin | self.delegate_id._origin
        days = [day for delegation in self for day in (delegation.date_from, delegation.date_to) if day]
        if not people or not days:
            return self.browse()
        return self.search(
            (Domain('user_id', 'in', people.ids) | Domain('delegate_id', 'in', people.ids))
            & Domain('date_from', '<=', max(days)) & Domain('date_to', '>=', min(days))
            & Domain('ended_at', '=', False))

    def _get_absence_warnings(self, others):
        """:param others: result of :meth:`_get_others_meanwhile`
        :return: list of translated sentences: why nobody may be there for some of the time
        """
        self.ensure_one()
        if not self.date_from or not self.date_to or self.ended_at:
            return []
        user, delegate, warnings = self.user_id._origin, self.delegate_id._origin, []
        # Who is away, and for whom somebody acts, is told to those who may enter the delegation.
        person = self.env.user
        if user != person and not person._is_superuser() and not self._is_managed_by(person):
            return []
        if delegate and not delegate.active:
            warnings.append(self.env._("%(person)s is archived. Select another colleague.", person=delegate.name))
        meanwhile = (others - self._origin).filtered(
            lambda row: row.date_from <= self.date_to and row.date_to >= self.date_from
            and (not row.role_id or not self.role_id or row.role_id == self.role_id))
        for row in meanwhile.filtered(lambda row: row.user_id == delegate):
            warnings.append(self.env._(
                "%(person)s is also absent from %(start)s to %(end)s, and delegations are not passed on. Select "
                "another colleague.", person=delegate.name,
                start=format_date(self.env, row.date_from), end=format_date(self.env, row.date_to)))
        for row in meanwhile.filtered(lambda row: user and row.delegate_id == user):
            warnings.append(self.env._(
                "%(delegate)s decides on behalf of %(person)s from %(start)s to %(end)s, and delegations are not "
                "passed on. %(person)s needs another delegate.", delegate=user.name, person=row.user_id.name,
                start=format_date(self.env, row.date_from), end=format_date(self.env, row.date_to)))
        return warnings

    def _to_moment(self, date):
        """:return: the beginning of a day where the absent person is, as naive UTC datetime"""
        self.ensure_one()
        return to_moment(date, self.user_id._get_order_time_zone())

    # -- CRUD -----------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'starts_at', 'ends_at', 'ended_at'}

    @api.model_create_multi
    def create(self, vals_list):
        delegations = super().create(vals_list)
        delegations._notify_people()
        delegations._log_absence_warnings()
        delegations.sudo()._follow_absences()
        return delegations

    def write(self, vals):
        # Rights first: a stranger is not told who acts for whom.
        self.check_access('write')
        if vals.keys() & {'user_id', 'delegate_id', 'role_id', 'date_from', 'date_to'}:
            self._check_begun(vals)
            before = self.sudo().filtered(lambda row: row.state == 'running')
            result = super().write(vals)
            self._log_absence_warnings()
            (self.sudo() | before)._follow_absences()
            return result
        return super().write(vals)

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        # The absent person has been assigned nothing; both are notified by _notify_people.
        return []

    def _check_begun(self, vals):
        """What was decided under a delegation is on record, so who acted for whom and since when stays.

        :raise UserError: if a delegation that has begun would become another one
        """
        now = fields.Datetime.now()
        for delegation in self.sudo().filtered(lambda row: row.starts_at and row.starts_at <= now):
            values = {
                'user_id': delegation.user_id.id, 'delegate_id': delegation.delegate_id.id,
                'role_id': delegation.role_id.id, 'date_from': delegation.date_from,
            }
            given = {**values, **vals}
            given['date_from'] = fields.Date.to_date(given['date_from'])
            if delegation.ends_at <= now or any(values[name] != (given[name] or False) for name in values):
                raise UserError(self.env._(
                    "“%(delegation)s” has begun, and decisions may be based on it: only its last day can be changed. "
                    "End it and create a new one.", delegation=delegation.display_name))
            # No last day at all is refused as any required value is that is missing.
            if vals.get('date_to') and delegation._to_moment(
                    fields.Date.to_date(vals['date_to']) + timedelta(days=1)) <= now:
                raise UserError(self.env._(
                    "“%(delegation)s” has been in effect until now, so it cannot end earlier: use “End Now”.",
                    delegation=delegation.display_name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        now = fields.Datetime.now()
        if begun := self.filtered(lambda row: row.starts_at <= now)[:1]:
            raise UserError(self.env._(
                "“%(delegation)s” has begun, and decisions may be based on it, so it must be kept on record: end it "
                "instead.",
                delegation=begun.display_name))

    # -- actions --------------------------------------------------------------------------------

    def action_end(self):
        """End delegations now: the absent person is back.

        :return: True
        :raise AccessError, UserError: if one is somebody else's, or over already; then none is ended
        """
        self.check_access('write')
        if over := self.filtered(lambda row: row.state == 'over')[:1]:
            raise UserError(self.env._("“%(delegation)s” has already ended.", delegation=over.display_name))
        self_sudo = self.sudo()
        self_sudo._write_guarded({'ended_at': fields.Datetime.now()})
        self_sudo._message_log_batch(
            bodies=dict.fromkeys(self.ids, self.env._("Ended early.")), author_id=self.env.user.partner_id.id)
        self_sudo._follow_absences()
        return True

    def action_open_reviews(self):
        """:return: the action with the reviews that the person may decide now"""
        return self._open_action('order_review_action', context={'search_default_can_decide': 1})

    # -- business -------------------------------------------------------------------------------

    def _is_managed_by(self, person):
        """:return: whether the person may keep the delegations of the absent person"""
        self.ensure_one()
        manager = self.env.ref('sale_order_lifecycle.group_manager').sudo()
        return manager in person.sudo().all_group_ids and bool(self.user_id.company_ids & person.company_ids)

    @api.model
    def _get_running(self, domain):
        """Delegations that run now, of people who are still there.

        :param domain: Domain that they also satisfy
        :return: ``order.review.delegation`` as superuser
        """
        now = fields.Datetime.now()
        return self.sudo().search(Domain.AND([
            domain, Domain('starts_at', '<=', now), Domain('ends_at', '>', now),
            Domain('user_id.active', '=', True), Domain('delegate_id.active', '=', True),
        ]), order='id')

    @api.model
    def _get_absences(self, people):
        """Who is away now: whoever has named a delegate is, whether the delegate is there or not.

        :param people: ``res.users``
        :return: dict ``res.users`` → their delegations that run now, as superuser
        """
        now = fields.Datetime.now()
        return self.sudo().search(
            Domain('user_id', 'in', people.ids) & Domain('starts_at', '<=', now) & Domain('ends_at', '>', now)
        ).grouped('user_id')

    def _follow_absences(self):
        """Notify the managers of what nobody is left for, now and when these absences begin and end; as superuser."""
        now = fields.Datetime.now()
        if moments := [moment for row in self for moment in (row.starts_at, row.ends_at) if moment and moment > now]:
            self.env.ref('sale_order_lifecycle.ir_cron_report_absences')._trigger(at=moments)
        self.env['order.review']._report_absences(self)

    @api.model
    def _cron_report_absences(self):
        """Absences have begun or ended since a while ago: notify the managers of what nobody is left for."""
        now = fields.Datetime.now()
        since = now - _REPORTED
        changed = self.search(
            Domain('starts_at', '>=', since) & Domain('starts_at', '<=', now)
            | Domain('ends_at', '>=', since) & Domain('ends_at', '<=', now))
        self.env['ir.cron']._work_off(
            'order.review.delegation._cron_report_absences', changed,
            self.env['order.review']._report_absences, size=_BATCH, allow_referencing=True)

    def _log_absence_warnings(self):
        """Keep in the chatter of each what its writer has been warned of."""
        if warned := self.sudo().filtered('absence_warning'):
            warned._message_log_batch(
                bodies={row.id: plaintext2html(row.absence_warning) for row in warned},
                author_id=self.env.user.partner_id.id)

    def _get_covered_domain(self):
        """The reviews that the absent person may decide now as a member of the role, and the delegate on behalf of that
        person.

        :return: Domain on ``order.review``
        """
        self.ensure_one()
        user = self.user_id
        role_ids = self.env['order.role']._get_role_ids_of(user)
        if self.role_id:
            role_ids = [self.role_id.id] if self.role_id.id in role_ids else []
        return (
            Domain('role_id', 'in', role_ids)
            & Domain('company_id', 'in', (user.company_ids & self.delegate_id.company_ids).ids)
            & self.env['order.review']._get_visible_domain(user)
        )

    def _notify_people(self):
        """Notify the delegate, and the absent person where somebody else has arranged it."""
        for delegation in self.sudo():
            for user in (delegation.delegate_id | delegation.user_id) - self.env.user:
                there = self.env['order.notice'].sudo().with_context(lang=user.lang)
                words = {
                    'person': delegation.user_id.name, 'delegate': delegation.delegate_id.name,
                    'start': format_date(there.env, delegation.date_from),
                    'end': format_date(there.env, delegation.date_to),
                }
                there._post(user, there.env._("%(delegate)s reviews orders on behalf of %(person)s", **words), {
                    'note': there.env._(
                        "From %(start)s to %(end)s, %(delegate)s decides reviews on behalf of %(person)s.", **words),
                    'sections': [],
                })
