from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, plaintext2html

from ..mixins.arguments import read_moment, read_text

KINDS = [
    ('delay', "Delay"), ('shortage', "Shortage of Material"), ('quality', "Quality"), ('damage', "Damage"),
    ('customer_change', "Change by the Customer"), ('payment', "Payment"), ('other', "Other"),
]
SEVERITIES = [('low', "Minor"), ('normal', "Normal"), ('high', "Major"), ('critical', "Critical")]
# What the system looks for, and what people report themselves.
TRIGGERS = [
    ('manual', "Reported"), ('forecast', "Planned Later Than Promised"), ('supplier', "Vendor Later Than Needed"),
    ('production', "Production Overdue"), ('delivery', "Delivery Overdue"), ('inspection', "Inspection Failed"),
]
OPEN_STATES = ('open', 'acting')
# What whoever acts on an incident may change of it while it is open.
_EDITED_FIELDS = {'severity', 'role_ids', 'user_id', 'cause_id', 'fault_role_id', 'cause_note'}


class OrderIncident(models.Model):
    """Something that goes wrong with an order, followed to its end (article K2).

    People of every department raise it, or the system does. The departments that are brought in answer for the
    measures; without one no incident is resolved: a constraint on what is stored, so it holds for every way in.
    """
    _name = 'order.incident'
    _inherit = [
        'order.deadline.mixin', 'order.batch.mixin', 'order.part.mixin', 'order.board.mixin', 'order.dossier.mixin',
        'order.worklist.mixin', 'mail.thread', 'mail.activity.mixin',
    ]
    _description = "Incident"
    _order = 'deadline, id'
    _rec_names_search = ['name', 'order_id.name']
    _check_company_auto = True
    _mail_post_access = 'read'
    _allow_sudo_commands = False
    _made_by_actions = True
    _worklist_sequence = 40
    _worklist_view = 'kanban'

    # what it is about
    name = fields.Char("Number", required=True, readonly=True)
    order_id = fields.Many2one('sale.order', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    partner_id = fields.Many2one(related='order_id.partner_id', store=True, index=True)
    salesperson_id = fields.Many2one(related='order_id.user_id', string="Salesperson", store=True)
    promised_date = fields.Date(related='order_id.promised_date')
    order_told_date = fields.Date(related='order_id.told_date')
    kind = fields.Selection(KINDS, required=True, readonly=True, index=True)
    severity = fields.Selection(SEVERITIES, string="Severity Level", required=True, default='normal', tracking=True)
    trigger = fields.Selection(
        TRIGGERS, string="Detected By", required=True, readonly=True, default='manual',
        help="Whether somebody reported the incident, or what the system detected.")
    cause = fields.Char(
        readonly=True, groups=fields.NO_ACCESS, help="An order has one open incident for each cause.")
    facts = fields.Json(
        readonly=True, groups=fields.NO_ACCESS, help="The documents that were late, each with its date.")
    description = fields.Text(required=True, readonly=True)
    source_model = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    source_id = fields.Many2oneReference(
        "Source ID", model_field='source_model', readonly=True, groups=fields.NO_ACCESS)
    source_name = fields.Char("Source", readonly=True, help="The document on which the incident was reported.")
    raised_by_id = fields.Many2one(
        'res.users', string="Reported By", readonly=True, help="Empty for incidents that the system detected.")

    # who works on it
    role_ids = fields.Many2many(
        'order.role', 'order_incident_role_rel', string="Departments Brought In", tracking=True,
        help="Their members follow the incident, decide on measures and resolve it.")
    user_id = fields.Many2one(
        'res.users', string="Assigned To", check_company=True, domain=[('share', '=', False)], index='btree_not_null',
        tracking=True)

    # what is done about it
    state = fields.Selection(
        [('open', "Open"), ('acting', "In Progress"), ('resolved', "Resolved"), ('cancelled', "Cancelled")],
        required=True, readonly=True, default='open', index=True, group_expand=True, tracking=True)
    measure = fields.Text(
        "Corrective Measure", readonly=True,
        help="What is done to solve the problem; no incident is resolved without it.")
    acted_by_id = fields.Many2one('res.users', string="Measure By", readonly=True)
    acted_at = fields.Datetime("Measure On", readonly=True)
    new_promised_date = fields.Date(
        "New Date", readonly=True, tracking=True,
        help="The date by which the order can be delivered now. The date promised in the accepted order remains the "
             "one by which it is assessed.")
    closed_by_id = fields.Many2one('res.users', readonly=True)
    closed_at = fields.Datetime(readonly=True, index=True)
    cancel_reason = fields.Text("Reason for Cancellation", readonly=True)

    # what the customer was told
    told_at = fields.Datetime("Customer Informed On", readonly=True)
    told_by_id = fields.Many2one('res.users', string="Customer Informed By", readonly=True)
    is_to_tell = fields.Boolean(
        "Customer to Inform", compute='_compute_is_to_tell', search='_search_is_to_tell',
        help="There is a new date which the customer has not been informed of.")

    # what the person sees and can do
    is_mine = fields.Boolean(
        "Concerns Me", compute='_compute_is_mine', search='_search_is_mine',
        help="Assigned to me, or one of my departments is brought in, or the order is mine.")
    can_act = fields.Boolean(compute='_compute_can_act')
    can_tell = fields.Boolean(compute='_compute_can_tell')
    has_source = fields.Boolean(compute='_compute_has_source')

    # -- constraints and indexes ----------------------------------------------------------------

    _name_unique = models.UniqueIndex(
        '(company_id, name)', "Another incident of the company already has this number: try again.")
    _cause_unique = models.UniqueIndex(
        "(order_id, cause) WHERE cause IS NOT NULL AND state IN ('open', 'acting')",
        "The order already has an open incident with this cause: add what is new to it.")
    _measure_required = models.Constraint(
        "CHECK (state != 'resolved' OR LENGTH(TRIM(COALESCE(measure, ''))) > 0)",
        "An incident cannot be resolved without a measure: enter what was done.")
    _open_index = models.Index("(company_id, deadline) WHERE state IN ('open', 'acting')")

    @api.constrains('user_id', 'role_ids')
    def _check_user_id(self):
        for incident in self.sudo():
            if incident.user_id and not incident._is_actor(incident.user_id):
                raise ValidationError(self.env._(
                    "%(person)s belongs to none of the departments brought in to %(incident)s: bring in the "
                    "department first.", person=incident.user_id.name, incident=incident.name))

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('name', 'order_id', 'kind')
    @api.depends_context('lang')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for incident in self:
            incident.display_name = " · ".join(filter(None, (
                incident.name, incident.order_id.sudo().name, kinds.get(incident.kind))))

    @api.depends('state', 'new_promised_date', 'told_at')
    def _compute_is_to_tell(self):
        for incident in self:
            incident.is_to_tell = bool(
                incident.state in ('acting', 'resolved') and incident.new_promised_date and not incident.told_at)

    @api.model
    def _search_is_to_tell(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_to_tell'], 'read')
        return self._get_to_tell_domain() if True in value else Domain.FALSE

    @api.model
    def _get_to_tell_domain(self):
        """:return: Domain of the incidents with a new date that the customer does not know of"""
        return (
            Domain('state', 'in', ('acting', 'resolved')) & Domain('new_promised_date', '!=', False)
            & Domain('told_at', '=', False))

    @api.depends('user_id', 'role_ids', 'salesperson_id')
    @api.depends_context('uid')
    def _compute_is_mine(self):
        mine = self.sudo().filtered_domain(self._get_mine_domain())
        for incident in self:
            incident.is_mine = incident.id in mine._ids

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_mine'], 'read')
        return self._get_mine_domain() if True in value else Domain.FALSE

    @api.model
    def _get_mine_domain(self):
        """:return: Domain of the incidents that concern the present person"""
        return (
            Domain('user_id', '=', self.env.uid) | Domain('salesperson_id', '=', self.env.uid)
            | Domain('role_ids', 'in', self.env['order.role']._get_role_ids_of(self.env.user)))

    @api.model
    def _get_worklist_domain(self):
        # Whoever follows the order has nothing to do, unless the customer is to be told.
        roles = self.env['order.role']._get_role_ids_of(self.env.user)
        to_act = Domain('user_id', '=', self.env.uid) | Domain('user_id', '=', False) & Domain('role_ids', 'in', roles)
        to_tell = Domain('is_to_tell', '=', True) & Domain('salesperson_id', '=', self.env.uid)
        return Domain('state', 'in', OPEN_STATES) & to_act | to_tell

    @api.model
    def _get_worklist_title(self):
        return self.env._("Incidents to Handle")

    @api.depends('state', 'role_ids')
    @api.depends_context('uid')
    def _compute_can_act(self):
        refusals = self._origin._get_act_refusals()
        for incident in self:
            incident.can_act = bool(incident._origin) and incident._origin.id not in refusals

    @api.depends('state', 'new_promised_date')
    @api.depends_context('uid')
    def _compute_can_tell(self):
        refusals = self._origin._get_tell_refusals()
        for incident in self:
            incident.can_tell = bool(incident._origin) and incident._origin.id not in refusals

    @api.depends('source_name')
    def _compute_has_source(self):
        for incident in self:
            incident.has_source = bool(incident.sudo().source_id)

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        own = {name for name, field in self._fields.items() if field._module == 'sale_order_lifecycle'}
        return super()._get_guarded_fields() | own - _EDITED_FIELDS

    def write(self, vals):
        edited = vals.keys() & _EDITED_FIELDS and not self._is_acting()
        if edited:
            # Rights first: who may not read an incident is not told whose it is.
            self.check_access('write')
            self._check_refusals(self._get_act_refusals())
        before = {incident: incident.role_ids for incident in self.sudo()} if 'role_ids' in vals else {}
        result = super().write(vals)
        if edited:
            self._keep_worked_on()
        if before:
            self._follow_roles(before, edited)
        return result

    def _follow_roles(self, before, is_edited):
        """Departments that are brought in later follow, too; those that are brought in do not leave by themselves.

        :param before: dict incident → the ``order.role`` that were brought in
        :param is_edited: whether a person has changed them
        :raise AccessError: if a department takes itself, or another one, out of the matter
        """
        if is_edited and not self._is_of_lead():
            for incident, roles in before.items():
                if gone := roles - incident.role_ids:
                    raise AccessError(self.env._(
                        "%(role)s was brought in to %(incident)s: only sales or a manager can release the department.",
                        role=gone[0].name, incident=incident.name))
        added = {incident: incident.role_ids - roles for incident, roles in before.items()}
        self.browse(incident.id for incident, roles in added.items() if roles).sudo()._bring_in(added)

    @api.model
    def _is_of_lead(self):
        """:return: whether the person is of sales or a manager, who see to it that the right departments are brought
            in; asked of ``env.user`` whatever ``env.su`` is"""
        user = self.env.user
        return user.has_group('sales_team.group_sale_salesman') or user.has_group('sale_order_lifecycle.group_manager')

    def _is_actor(self, user):
        """:return: whether a person may be the one who acts on this incident; asked as superuser"""
        self.ensure_one()
        return self._is_reader(user) and (
            any(role._includes(user) for role in self.role_ids) or user.has_group('sales_team.group_sale_salesman')
            or user.has_group('sale_order_lifecycle.group_manager'))

    def _is_reader(self, user):
        """Whether a person may read the order of this incident, as the record rules say; asked as superuser.

        Who may not is neither told of it nor follows it: the role of sales has members who sell other orders.
        """
        self.ensure_one()
        return self.order_id._is_open_to(user)

    # -- actions --------------------------------------------------------------------------------

    def action_act(self, measure, new_promised_date=None):
        """Say what is done about incidents; they are in progress from then on, and the measure may be said anew.

        :param measure: what is done; required
        :param new_promised_date: the day by which the orders can be delivered now, if that is known
        :return: True
        :raise AccessError, UserError: with the first incident on which the person cannot act; then none is changed
        """
        self._check_refusals(self._get_act_refusals())
        measure, new_date = read_text(measure), self._read_new_date(new_promised_date)
        if not measure:
            raise UserError(self._get_measure_message())
        self._action_act(measure, new_date)
        return True

    def action_resolve(self, measure=None, new_promised_date=None, fault_role_code=None, cause_id=None):
        """Resolve incidents by a measure, the one that is given or the one on record (article K2).

        :param measure: what was done; required where none is on record
        :param new_promised_date: the day by which the orders can be delivered now, where the promised one is not kept
        :param fault_role_code: code of the ``order.role`` that answers for what has happened; by default that of the
            cause
        :param cause_id: id of the ``order.incident.cause``; required where the policy says so and none is on record
        :return: True
        :raise AccessError, UserError: with the first incident that cannot be resolved; then none is
        """
        measure = read_text(measure)
        self._check_refusals(self._get_act_refusals())
        cause = self._read_cause(cause_id)
        self._check_refusals(self._get_resolve_refusals(measure, cause))
        new_date = self._read_new_date(new_promised_date)
        self._action_resolve(measure, new_date, self._read_roles([fault_role_code] if fault_role_code else []), cause)
        return True

    def action_resolve_possible(self):
        """Resolve those of the incidents whose measure, and cause where the policy wants it, is on record, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_resolve_refusals('', self.env['order.incident.cause'])
        possible = self._without(refusals)
        possible._action_resolve('', False, self.env['order.role'], self.env['order.incident.cause'])
        return self._get_summary_notification(
            self.env._("%(count)s incidents have been resolved.", count=len(possible)), refusals)

    def action_cancel(self, reason):
        """Give up incidents that turn out to be none.

        :param reason: why nothing is to be done; required
        :return: True
        :raise AccessError, UserError: with the first incident on which the person cannot act; then none is cancelled
        """
        self._check_refusals(self._get_act_refusals())
        if not (reason := read_text(reason)):
            raise UserError(self.env._("Enter the reason why nothing has to be done about the incident."))
        self._action_cancel(reason)
        return True

    def action_open_act(self):
        """:return: the action that asks for the measure"""
        return self._open_handling('act')

    def action_open_resolve(self):
        """:return: the action that asks by which measure the incidents are resolved"""
        return self._open_handling('resolve')

    def action_open_cancel(self):
        """:return: the action that asks why nothing is to be done"""
        return self._open_handling('cancel')

    def action_open_source(self):
        """:return: the action that opens the document on which an incident was reported
        :raise UserError: if it is no longer there, or the person may not read it
        """
        self._check_one().check_access('read')
        incident_sudo = self.sudo()
        model = self.env.get(incident_sudo.source_model)
        source = model is not None and model.browse(incident_sudo.source_id).exists()._filtered_access('read')
        if not source:
            raise UserError(self.env._(
                "“%(record)s” no longer exists, or you do not have access to it.", record=self.source_name or ''))
        return source._open_records()

    # -- board ----------------------------------------------------------------------------------

    @api.model
    def _get_board_columns(self):
        return {**super()._get_board_columns(), 'state': {'resolved', 'cancelled'}}

    # -- who may act ----------------------------------------------------------------------------

    def _get_act_refusals(self):
        """Why the person cannot act on these incidents; asked of ``env.user`` whatever ``env.su`` is.

        :return: dict incident id → exception with one sentence; those on which the person can act are missing
        """
        orders = self._get_orders_of_sales()
        return self._collect_refusals(lambda incident: incident._get_act_refusal(orders))

    def _get_resolve_refusals(self, measure, cause):
        """:param measure: text, empty where none is given now
        :param cause: ``order.incident.cause``, empty where none is given now
        :return: dict, as :meth:`_get_act_refusals`, incidents without what has to be on record included"""
        refusals = self._get_act_refusals()
        for incident in self.sudo():
            if incident.id in refusals:
                continue
            if not measure and not (incident.measure or '').strip():
                refusals[incident.id] = UserError(self._get_measure_message())
            elif not cause and incident._is_cause_lacking():
                refusals[incident.id] = UserError(incident._get_cause_message())
        return refusals

    def _get_orders_of_sales(self):
        """:return: those of the orders of these incidents that the person works on as sales"""
        orders = self.sudo().order_id.sudo(False)
        if not self.env.user.has_group('sales_team.group_sale_salesman'):
            return orders.browse()
        return orders._filtered_access('write')

    def _get_act_refusal(self, orders):
        """:param orders: the ``sale.order`` that the person works on as sales
        :return: exception why the person cannot act on this incident, None where nothing is against it; as superuser"""
        self.ensure_one()
        user = self.env.user
        if self.company_id not in user.company_ids:
            return self._get_unreadable_error()
        if self.order_id.id not in orders._ids and not (
                any(role._includes(user) for role in self.role_ids)
                or user.has_group('sale_order_lifecycle.group_manager')):
            return AccessError(self.env._(
                "%(incident)s is handled by the departments brought in and by the sales staff of the order: ask one of "
                "them.", incident=self.name))
        if self.state not in OPEN_STATES:
            return UserError(self.env._(
                "%(incident)s is closed and must be kept on record. Report another one if the problem goes on.",
                incident=self.name))
        return None

    @api.model
    def _get_unreadable_error(self):
        return AccessError(self.env._(
            "You do not have access to the order of this incident. Ask its salesperson or your manager."))

    @api.model
    def _get_measure_message(self):
        return self.env._("Enter the measure: what is done to solve the problem.")

    # -- arguments ------------------------------------------------------------------------------

    def _read_new_date(self, value):
        """:param value: what was sent as a day
        :return: date, False where none is sent
        :raise UserError: if it is none, or a day that is over
        """
        if value is None or value is False or value == '':
            return False
        try:
            day = read_moment(value).date()
        except ValueError as error:
            raise UserError(self.env._("Enter the new date as a day, like 2026-12-31.")) from error
        if any(day < order._get_lifecycle_today() for order in self.sudo().order_id):
            raise UserError(self.env._("The new date cannot be in the past: enter the day of the delivery."))
        return day

    @api.model
    def _read_roles(self, codes):
        """:param codes: what was sent as codes of roles
        :return: ``order.role`` as superuser
        :raise UserError: when no role has one of the codes
        """
        roles = self.env['order.role'].sudo()
        for code in codes if isinstance(codes, (list, tuple)) else [codes]:
            role = roles._get_by_code(read_text(code)) if read_text(code) else roles.browse()
            if not role:
                raise UserError(self.env._(
                    "No role has the code “%(code)s”: enter the code of an order role.", code=read_text(code)))
            roles |= role
        return roles

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _raise(self, vals_list):
        """Open incidents, as superuser and after all checks: number, clock, departments.

        :param vals_list: list of dicts of values
        :return: the incidents, as superuser
        """
        if not vals_list:
            return self.sudo().browse()
        Incident = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
        orders = self.env['sale.order'].sudo().browse([vals['order_id'] for vals in vals_list])
        # What was closed just now does not stand in the way of what comes instead.
        self.flush_model(['state'])
        names = iter(self._next_numbers(orders.company_id, len(vals_list)))
        incidents = Incident._create_guarded([{
            **vals, 'name': next(names), 'deadline_hours': order.policy_id.incident_hours,
            'raised_by_id': not self.env.user._is_superuser() and self.env.uid,
        } for vals, order in zip(vals_list, orders)])
        incidents = incidents.with_env(self.sudo().env)
        incidents._start_clock()
        incidents._bring_in({incident: incident.role_ids for incident in incidents})
        incidents._write_guarded({'sales_notice': 'raised'})
        incidents._log_on_orders(lambda incident: incident.env._(
            "Incident %(number)s (%(kind)s): %(text)s", number=incident.name, kind=incident._get_kind_name(),
            text=incident.description))
        return incidents

    def _action_act(self, measure, new_date):
        """Keep the measure; rights were asked before."""
        incidents_sudo = self.sudo()
        incidents_sudo._write_guarded({
            'state': 'acting', 'measure': measure, 'acted_at': fields.Datetime.now(), 'acted_by_id': self.env.uid})
        incidents_sudo._keep_new_date(new_date)
        text = self.env._("Measure: %(measure)s", measure=measure)
        incidents_sudo._message_log_batch(
            bodies=dict.fromkeys(incidents_sudo.ids, plaintext2html(text)), author_id=self.env.user.partner_id.id)

    def _action_resolve(self, measure, new_date, fault_role, cause):
        """Close incidents as resolved; rights, measures and causes were asked before."""
        if not self:
            return
        incidents_sudo, now = self.sudo(), fields.Datetime.now()
        if measure:
            incidents_sudo._write_guarded({'measure': measure, 'acted_at': now, 'acted_by_id': self.env.uid})
        if cause:
            incidents_sudo._write_guarded({'cause_id': cause.id})
        if fault_role:
            incidents_sudo._write_guarded({'fault_role_id': fault_role.id})
        incidents_sudo._keep_new_date(new_date)
        incidents_sudo._keep_facts()
        incidents_sudo._stop_clock()
        incidents_sudo._write_guarded({
            'state': 'resolved', 'closed_at': now, 'closed_by_id': self.env.uid, 'sales_notice': 'resolved'})
        incidents_sudo._trigger_notices()
        incidents_sudo._log_on_orders(lambda incident: incident.env._(
            "Incident %(number)s (%(kind)s) resolved: %(text)s", number=incident.name, kind=incident._get_kind_name(),
            text=incident.measure))

    def _action_cancel(self, reason):
        """Close incidents without a measure; rights and the reason were asked before."""
        if not self:
            return
        incidents_sudo = self.sudo()
        incidents_sudo._keep_facts()
        incidents_sudo._stop_clock()
        incidents_sudo._write_guarded({
            'state': 'cancelled', 'cancel_reason': reason, 'closed_at': fields.Datetime.now(),
            'closed_by_id': self.env.uid})
        incidents_sudo._log_on_orders(lambda incident: incident.env._(
            "Incident %(number)s (%(kind)s) cancelled: %(text)s", number=incident.name, kind=incident._get_kind_name(),
            text=incident.cancel_reason))

    def _keep_new_date(self, new_date):
        """Keep the day by which the orders can be delivered now; what the customer was told is another one then."""
        if changed := self.filtered(lambda incident: new_date and incident.new_promised_date != new_date):
            changed._write_guarded({'new_promised_date': new_date, 'told_at': False, 'told_by_id': False})

    def _keep_facts(self):
        """Keep what is late when incidents are closed: only what gets worse afterwards is a new cause."""
        orders = self.order_id.filtered(lambda order: order.state == 'sale' and not order.fulfilled_at)
        causes = orders._get_late_facts()
        for incident in self:
            late = causes.get(incident.order_id.id, {})
            if incident.trigger == 'manual':
                key = f'{incident.source_model},{incident.source_id}'
                found = [fact for facts in late.values() for fact in facts if fact.key == key]
            else:
                found = late.get(incident.trigger, [])
            if found:
                incident._write_guarded({'facts': {**(incident.facts or {}), **orders._to_stored_facts(found)}})

    def _log_on_orders(self, get_text):
        """One note on each order, in one batch, in the language of the company.

        :param get_text: function of an incident → translated text
        """
        bodies = {}
        for incident in self:
            text = get_text(incident.with_context(lang=incident.company_id.partner_id.lang or self.env.lang))
            bodies.setdefault(incident.order_id.id, []).append(text)
        self.order_id._message_log_batch(
            bodies={order_id: plaintext2html("\n".join(texts)) for order_id, texts in bodies.items()},
            author_id=self.env.user.partner_id.id)

    def _get_kind_name(self):
        """:return: the translated name of the kind of this incident"""
        self.ensure_one()
        return dict(self._fields['kind']._description_selection(self.env))[self.kind]

    def _open_handling(self, step):
        """:return: the action of the dialog that asks for one step with these incidents"""
        names = {
            'act': self.env._("Corrective Measure"), 'resolve': self.env._("Resolve"),
            'cancel': self.env._("Cancel Incident"),
        }
        one = self if len(self) == 1 else self.browse()
        return self._open_action('order_incident_handling_action', name=names[step], context={
            'default_incident_ids': self.ids, 'default_step': step, 'default_measure': one.measure,
            'default_cause_id': one.cause_id.id, 'default_fault_role_id': one.fault_role_id.id,
            'default_new_promised_date': one.new_promised_date and fields.Date.to_string(one.new_promised_date)})

    # -- numbers --------------------------------------------------------------------------------

    @api.model
    def _next_numbers(self, companies, count):
        """:return: list of the next numbers, of the company's own sequence where there is one company and it has one"""
        sequence = self.env['ir.sequence'].sudo().search([
            ('code', '=', 'order.incident'), ('company_id', 'in', (len(companies) == 1 and companies.id, False)),
        ], order='company_id', limit=1)
        if sequence.implementation == 'standard' and not sequence.use_date_range:
            # Core asks the database for one number at a time.
            rows = self.env.execute_query(SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)", f'ir_sequence_{sequence.id:03d}', count))
            return [sequence.get_next_char(number) for (number,) in rows]
        return [sequence.next_by_id() for _index in range(count)]

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'name', 'kind', 'severity', 'trigger', 'description', 'source_name', 'raised_by_id', 'create_date',
            'role_ids', 'user_id', 'fault_role_id', 'cause_note', 'state', 'measure', 'acted_by_id', 'acted_at',
            'new_promised_date', 'told_at', 'told_by_id', 'deadline', 'closed_by_id', 'closed_at', 'cancel_reason',
            'closed_by_itself_at', 'cause_id', 'hours_used',
        ]
