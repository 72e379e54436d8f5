from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..mixins.arguments import read_id, read_text
from .order_incident import KINDS, OPEN_STATES, SEVERITIES

# Who is brought in where nobody says otherwise, by what has gone wrong.
_ROLES_OF_KINDS = {
    'delay': ['production', 'logistics'], 'shortage': ['purchasing'], 'quality': ['quality'], 'damage': ['logistics'],
    'customer_change': ['production'], 'payment': ['finance'],
}


class SaleOrder(models.Model):
    """What goes wrong with an order (article K2)."""
    _inherit = 'sale.order'

    incident_ids = fields.One2many(
        'order.incident', 'order_id', string="Incidents",
        groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')
    incident_count = fields.Integer(compute='_compute_incident_count', compute_sudo=True)
    open_incident_count = fields.Integer("Open Incidents", compute='_compute_incident_count', compute_sudo=True)
    told_date = fields.Date(
        "Last Date Told to the Customer", readonly=True, copy=False,
        help="The delivery date that the customer was last informed of, where it is another one than promised. Whether "
             "the order is late is still counted by the promised date.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('incident_ids.state', 'policy_id')
    def _compute_incident_count(self):
        counts = {}
        for order, state, count in self.env['order.incident']._read_group(
                Domain('order_id', 'in', self.filtered('policy_id').ids), ['order_id', 'state'], ['__count']):
            counts.setdefault(order.id, {})[state] = count
        for order in self:
            own = counts.get(order._origin.id, {})
            order.incident_count = sum(own.values())
            order.open_incident_count = sum(own.get(state, 0) for state in OPEN_STATES)

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        for order_id, roles in self._get_incident_roles().items():
            waiting[order_id] += [self.env._("%(role)s (incident)", role=role.name) for role in roles.sudo()]
        return waiting

    def _get_incident_roles(self):
        """:return: dict order id → the ``order.role`` that have something to do about its incidents: those who are
            brought in, and sales where the customer does not know the new date"""
        Incident = self.env['order.incident'].sudo()
        confirmed = self.filtered(lambda order: order.policy_id and order.state == 'sale')
        incidents = Incident.search(
            Domain('order_id', 'in', confirmed.ids)
            & (Domain('state', 'in', OPEN_STATES) | Incident._get_to_tell_domain())) if confirmed else Incident
        sales, roles = self.env['order.role'].sudo()._get_by_code('sales'), {}
        for incident in incidents:
            own = incident.role_ids if incident.state in OPEN_STATES else sales.browse()
            if incident.is_to_tell or incident.state in OPEN_STATES and not own:
                own |= sales
            roles[incident.order_id.id] = roles.get(incident.order_id.id, sales.browse()) | own
        return roles

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'told_date', 'incident_ids', 'progress_ids', 'progress_asked_at', 'has_progress_requests'}

    def _follow_state(self):
        result = super()._follow_state()
        if cancelled := self.sudo().filtered(lambda order: order.policy_id and order.state == 'cancel'):
            cancelled._cancel_progress_requests()
            cancelled._cancel_incidents()
        return result

    def _cancel_incidents(self):
        """Nothing of these orders is delivered any more, so nothing is left to be done about it; as superuser."""
        for lang, orders in self.grouped(lambda order: order.company_id.partner_id.lang).items():
            reason = self.with_context(lang=lang or self.env.lang).env._("The order has been cancelled.")
            orders.incident_ids.filtered(lambda incident: incident.state in OPEN_STATES)._action_cancel(reason)

    # -- actions --------------------------------------------------------------------------------

    def action_raise_incident(self, kind, description, severity='normal', role_codes=None, source=None):
        """Report that something goes wrong with confirmed orders (article K2).

        :param kind: a value of ``order.incident.kind``
        :param description: what has happened; required
        :param severity: a value of ``order.incident.severity``
        :param role_codes: list of codes of the ``order.role`` that are brought in; by default those of the kind
        :param source: pair of model and id of the document on which it is reported, if any
        :return: the action that opens the incidents
        :raise AccessError, UserError: with the first order of which nothing can be reported; then nothing is
        """
        Incident = self.env['order.incident']
        self._check_refusals(self._get_incident_refusals())
        if not self:
            raise UserError(self.env._("Select the orders that are concerned."))
        if not isinstance(kind, str) or kind not in dict(KINDS):
            raise UserError(self.env._("Select what has gone wrong."))
        if not isinstance(severity, str) or severity not in dict(SEVERITIES):
            raise UserError(self.env._("Select how serious the incident is."))
        if not (description := read_text(description)):
            raise UserError(self.env._("Describe what has happened."))
        document = self._read_incident_source(source)
        if role_codes:
            roles = Incident._read_roles(role_codes)
        else:
            roles = self._get_default_incident_roles(kind)
        return self._action_raise_incident(kind, description, severity, roles, document)._open_records()

    def action_open_report_incident(self):
        """:return: the action that asks what has gone wrong with these orders"""
        self._check_refusals(self._get_incident_refusals())
        return self._open_incident_report()

    def action_open_incidents(self):
        """:return: the action with the incidents of these orders"""
        return self._open_action('order_incident_action', domain=[('order_id', 'in', self.ids)], context={})

    # -- who may report -------------------------------------------------------------------------

    def _get_incident_refusals(self):
        """Why the person cannot report incidents of these orders; asked of ``env.user`` whatever ``env.su`` is.

        :return: dict order id → exception with one sentence; orders with which it is possible are missing
        """
        if not self._is_incident_reporter():
            error = AccessError(self.env._(
                "Only sales staff and members of the departments can report incidents: ask one of them."))
            return dict.fromkeys(self.ids or [False], error)
        return self._collect_refusals(lambda order: order._get_incident_refusal())

    @api.model
    def _is_incident_reporter(self):
        """:return: whether the person may report incidents of orders that the person may read"""
        user = self.env.user
        return self._is_lifecycle_sales() or user.has_group('sale_order_lifecycle.group_manager') or bool(
            self.env['order.role']._get_role_ids_of(user))

    def _get_incident_refusal(self):
        """:return: exception why nothing is reported of this order, None where nothing is against it; as superuser"""
        self.ensure_one()
        if not self.policy_id:
            return UserError(self.env._(
                "%(order)s is not subject to an order policy, so no incident can be reported.", order=self.name))
        if self.state != 'sale':
            return UserError(self.env._(
                "%(order)s is not confirmed: incidents can only be reported on confirmed orders.", order=self.name))
        return None

    def _is_open_to(self, user):
        """:return: whether a person of the departments or of sales may read this order, as the record rules say; asked
            as superuser, for many people"""
        self.ensure_one()
        return self.company_id in user.company_ids and (
            self.user_id in (user, user.browse())
            or user.has_group('sale_order_lifecycle.group_reviewer')
            or user.has_group('sales_team.group_sale_salesman_all_leads'))

    def _get_possible_for_incident(self):
        """:return: those of these orders of which the person can report an incident
        :raise AccessError, UserError: where there is none
        """
        refusals = self._get_incident_refusals()
        possible = self._without(refusals)
        if not possible:
            self._check_refusals(refusals)
            raise UserError(self.env._("This document serves no sales order that is subject to an order policy."))
        return possible

    @api.model
    def _read_incident_source(self, source):
        """:param source: what was sent as a pair of model and id
        :return: the document on which an incident is reported, None where none is sent
        :raise UserError: if it is none of the person's documents
        """
        if not source:
            return None
        name, res_id = source if isinstance(source, (list, tuple)) and len(source) == 2 else (None, None)
        model = self.env[name] if isinstance(name, str) and name in self._get_incident_sources() else None
        document = model is not None and read_id(res_id) and model.browse(read_id(res_id)).exists()
        if not document or not document.sudo(False)._filtered_access('read'):
            raise UserError(self.env._("Select a document of the order that you have access to."))
        return document.sudo()

    @api.model
    def _get_incident_sources(self):
        """:return: set of the names of the models on whose documents incidents are reported; later rooms add theirs"""
        mixin = self.env.registry['order.document.mixin']
        return {name for name, model in self.env.registry.items() if not model._abstract and issubclass(model, mixin)}

    @api.model
    def _get_default_incident_roles(self, kind):
        """:return: the ``order.role`` that are brought in to an incident of this kind, as superuser"""
        roles = self.env['order.role'].sudo()
        for code in _ROLES_OF_KINDS.get(kind, ()):
            roles |= roles._get_by_code(code).filtered('active')
        return roles

    # -- business -------------------------------------------------------------------------------

    def _open_incident_report(self, document=None):
        """:param document: the record on which an incident is reported, if any
        :return: the action of the dialog that asks what has gone wrong
        """
        return self._open_action('order_incident_report_action', context={
            'default_order_ids': self.ids, **({
                'default_source_model': document._name, 'default_source_id': document.id,
            } if document else {})})

    def _action_raise_incident(self, kind, description, severity, roles, document=None):
        """Open an incident on each of these orders as the person has reported it; checks were made.

        :return: the incidents, in the person's own rights
        :raise UserError: if one of the orders has an open incident with the same cause
        """
        orders_sudo = self.sudo()
        cause = self._get_reported_cause(kind, document)
        orders_sudo._check_incident_is_new(cause)
        facts = orders_sudo._get_facts_of(document)
        incidents = self.env['order.incident']._raise([{
            'order_id': order.id, 'kind': kind, 'description': description, 'severity': severity,
            'role_ids': roles.ids, 'cause': cause, 'facts': facts.get(order.id, {}),
            'source_model': document and document._name, 'source_id': document and document.id,
            'source_name': document and document.display_name,
        } for order in orders_sudo])
        return incidents.sudo(False)

    @api.model
    def _get_reported_cause(self, kind, document):
        """:return: text by which a cause that people report is known, False where they name none"""
        if document:
            return f'{kind} {document._name},{document.id}'
        return kind != 'other' and kind

    def _check_incident_is_new(self, cause):
        """:raise UserError: if one of these orders has an open incident with this cause"""
        open_one = cause and self.incident_ids.filtered(
            lambda incident: incident.cause == cause and incident.state in OPEN_STATES)[:1]
        if open_one:
            raise UserError(self.env._(
                "%(incident)s is still open: add what is new to it.", incident=open_one.display_name))

    @api.model
    def _get_open_incident_domain(self):
        """:return: Domain of the orders with an incident that is not closed: they are not ready for the archive"""
        return Domain('incident_ids', 'any', Domain('state', 'in', OPEN_STATES))

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'told_date']

    def _get_dossier_parts(self):
        return {
            **super()._get_dossier_parts(),
            'progress': self.progress_ids.sorted('id'), 'incidents': self.incident_ids.sorted('id')}

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        return super()._get_reader_button_names() | {
            'action_open_incidents', 'action_open_report_incident', 'action_open_progress'}
