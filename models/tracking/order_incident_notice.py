from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..reviewers.order_review_notice import GATHERING
from .order_incident import OPEN_STATES

_BATCH = 200


class OrderIncident(models.Model):
    """Who is brought in to an incident follows it, and hears of it in one message for what comes within a few
    minutes."""
    _inherit = 'order.incident'

    pending_role_ids = fields.Many2many(
        'order.role', 'order_incident_pending_role_rel', readonly=True, groups=fields.NO_ACCESS,
        string="Departments to Notify", help="The departments that are brought in and have not been notified yet.")
    sales_notice = fields.Selection(
        [('raised', "Reported"), ('resolved', "Resolved")], string="Salesperson to Notify", readonly=True,
        groups=fields.NO_ACCESS, help="What the salesperson has not been notified of yet.")

    _sales_notice_index = models.Index("(id) WHERE sales_notice IS NOT NULL")

    # -- who follows ----------------------------------------------------------------------------

    def _bring_in(self, roles):
        """Let the members of departments, and the salespeople, follow these incidents and be notified, as superuser.

        :param roles: dict incident → the ``order.role`` that are brought in now
        """
        if not self:
            return
        members = {}
        people = {incident: incident.salesperson_id | incident.raised_by_id for incident in self}
        for incident in self:
            for role in roles[incident]:
                key = role, incident.company_id
                if key not in members:
                    members[key] = role._get_members(incident.company_id)
                people[incident] |= members[key].filtered(incident._is_reader)
        self._follow(people)
        for own, incidents in self.grouped(lambda incident: roles[incident]).items():
            if own:
                incidents._write_guarded({'pending_role_ids': [Command.link(role_id) for role_id in own.ids]})
        self._trigger_notices()

    def _follow(self, people):
        """:param people: dict incident → ``res.users`` who follow it from now on"""
        subtypes, _internal, _external = self.env['mail.message.subtype'].default_subtypes(self._name)
        Follower = self.env['mail.followers'].sudo()
        present = {(row.res_id, row.partner_id.id) for row in Follower.search([
            ('res_model', '=', self._name), ('res_id', 'in', self.ids)])}
        Follower.create([{
            'res_model': self._name,
            'res_id': incident.id,
            'partner_id': partner.id,
            'subtype_ids': [Command.set(subtypes.ids)],
        } for incident, users in people.items() for partner in users.filtered('active').partner_id
            if (incident.id, partner.id) not in present])

    # -- what is told ---------------------------------------------------------------------------

    @api.model
    def _trigger_notices(self):
        """Have people notified when what comes now has been gathered."""
        self.env.ref('sale_order_lifecycle.ir_cron_notify_incidents').sudo()._trigger(
            at=fields.Datetime.now() + GATHERING)

    @api.model
    def _get_to_notify_domain(self):
        """:return: Domain of the incidents of which somebody has not been notified"""
        return Domain('pending_role_ids', '!=', False) | Domain('sales_notice', '!=', False)

    @api.model
    def _cron_notify_incidents(self):
        """Notify people of incidents, one message each; those who want a digest get them there."""
        self.env['ir.cron']._work_off(
            'order.incident._cron_notify_incidents', self.search(self._get_to_notify_domain(), order='id'),
            lambda incidents: incidents._notify_incidents(), size=_BATCH, allow_referencing=True)

    def _notify_incidents(self):
        """Notify the departments that were brought in, whoever is assigned, and the salespeople; nobody is notified of
        what is over, nor of their own doing."""
        notices = defaultdict(lambda: defaultdict(list))
        for incident in self:
            if incident.state in OPEN_STATES:
                people = incident._get_members_of(incident.pending_role_ids)
                if incident.sales_notice == 'raised':
                    people |= incident.salesperson_id | incident.user_id
                for user in people - incident.raised_by_id:
                    notices[user]['order.incident:raised'].append(incident.id)
            if incident.sales_notice == 'resolved' and incident.state == 'resolved':
                for user in incident.salesperson_id - incident.closed_by_id:
                    notices[user]['order.incident:resolved'].append(incident.id)
        self.env['order.notice']._send({
            user: kinds for user, kinds in notices.items() if user._is_notified_of_orders_at_once()})
        self._write_guarded({'pending_role_ids': [Command.clear()], 'sales_notice': False})

    def _get_members_of(self, roles):
        """:return: ``res.users``, the members of these roles in the company of this incident"""
        self.ensure_one()
        users = self.env['res.users'].sudo()
        for role in roles:
            users |= role._get_members(self.company_id)
        return users.filtered(self._is_reader)

    # -- deadlines ------------------------------------------------------------------------------

    def _notify_reminder(self):
        notices = defaultdict(lambda: defaultdict(list))
        for incident in self:
            # Who has taken it on, else whoever may.
            for user in incident.user_id.filtered('active') or incident._get_members_of(incident.role_ids):
                if user._is_notified_of_orders_at_once():
                    notices[user]['order.incident:reminder'].append(incident.id)
        self.env['order.notice']._send(notices)

    def _notify_escalation(self, people):
        self.env['order.notice']._send({
            user: {'order.incident:escalation': incidents.ids} for user, incidents in people.items()})

    # -- what a message says --------------------------------------------------------------------

    def _get_notice_section(self, kind):
        incidents = self.sorted(lambda row: (not row.deadline, row.deadline, row.id))
        return {
            'title': incidents._get_notice_title(kind), 'rows': [incident._get_notice_row() for incident in incidents]}

    def _get_notice_title(self, kind):
        """:return: translated title of a part of a message, for one incident by its name"""
        words = {'name': self[:1].display_name, 'count': len(self)}
        if len(self) == 1:
            return {
                'escalation': self.env._("Incident overdue: %(name)s", **words),
                'reminder': self.env._("Incident due soon: %(name)s", **words),
                'raised': self.env._("Incident: %(name)s", **words),
                'resolved': self.env._("Incident resolved: %(name)s", **words),
            }[kind]
        return {
            'escalation': self.env._("%(count)s incidents are overdue", **words),
            'reminder': self.env._("%(count)s incidents are due soon", **words),
            'raised': self.env._("%(count)s incidents need your attention", **words),
            'resolved': self.env._("%(count)s incidents are resolved", **words),
        }[kind]

    def _get_notice_row(self):
        """:return: dict of texts about this incident"""
        self.ensure_one()
        notice = self.env['order.notice']
        return {
            **notice._get_order_row(self.order_id),
            'name': self.display_name,
            'url': f'/odoo/order-incidents/{self.id}',
            'deadline': self._is_deadline_running() and self.deadline and notice._format_moment(self.deadline),
            'overdue': self.is_overdue,
        }
