from odoo import api, fields, models
from odoo.fields import Domain

_BATCH = 100


class OrderIncident(models.Model):
    """What the system has detected ends by itself when its cause has gone before anybody has worked on it (article K2).

    It is cancelled then and not resolved: there was no measure, nobody is at fault, and it counts against nobody. What
    has reached the customer, an order that is late, remains with people. A cause that comes back opens the same
    incident again, which is then not closed by itself any more: no order has a new incident for it every night.
    """
    _inherit = 'order.incident'

    closed_by_itself_at = fields.Datetime(
        "Closed Automatically On", readonly=True,
        help="When the cause of the incident no longer existed before anybody had worked on it.")

    is_worked_on = fields.Boolean(
        "In Progress", readonly=True, groups=fields.NO_ACCESS, help="A person has changed something of the incident.")

    _untouched_index = models.Index("(id) WHERE state = 'open' AND trigger != 'manual' AND closed_by_itself_at IS NULL")

    # -- scheduled action -----------------------------------------------------------------------

    @api.model
    def _get_to_close_domain(self):
        """:return: Domain of the incidents that end by themselves if their causes have gone and nobody has worked on
            them"""
        return (
            Domain('state', '=', 'open') & Domain('trigger', 'in', self.env['sale.order']._get_detected_triggers())
            & Domain('closed_by_itself_at', '=', False) & Domain('is_worked_on', '=', False)
            & Domain('measure', 'in', (False, ''))
            & Domain('cause_id', '=', False) & Domain('fault_role_id', '=', False)
            & Domain('cause_note', 'in', (False, ''))
            & Domain('order_id', 'any', [
                ('state', '=', 'sale'), ('policy_id.detects_incidents', '=', True),
                ('policy_id.closes_incidents', '=', True)]))

    @api.model
    def _cron_close_incidents(self):
        """Close the incidents whose causes have gone, where the policy says so."""
        self.env['ir.cron']._work_off(
            'order.incident._cron_close_incidents', self.search(self._get_to_close_domain(), order='id'),
            lambda incidents: incidents._close_without_cause(), size=_BATCH, allow_referencing=True)

    def _close_without_cause(self):
        """Close those of these incidents whose causes have gone and on which nobody has worked, as superuser."""
        # In one query: filtered in Python, each order would be asked for by itself.
        incidents = self.sudo().search(Domain('id', 'in', self.ids) & self._get_to_close_domain())
        incidents -= incidents._get_worked_on()
        gone = incidents._get_without_cause()
        if not gone:
            return
        now = fields.Datetime.now()
        for lang, own in gone.grouped(lambda incident: incident.company_id.partner_id.lang).items():
            own._action_cancel(self.with_context(lang=lang or self.env.lang).env._(
                "The cause no longer exists, and nobody had to do anything about it."))
        # It was nobody's doing.
        gone._write_guarded({'closed_by_itself_at': now, 'closed_by_id': False})

    # -- what is asked --------------------------------------------------------------------------

    def _is_closed_by_itself(self):
        """:return: whether this incident has ended without anybody's doing"""
        self.ensure_one()
        return self.state == 'cancelled' and bool(self.closed_by_itself_at) and not self.closed_by_id

    def _keep_worked_on(self):
        """Keep that a person has changed something of these incidents, whether or not it is tracked."""
        self.sudo().filtered(lambda incident: not incident.is_worked_on)._write_guarded({'is_worked_on': True})

    def _get_worked_on(self):
        """:return: those of these incidents on which somebody has left a message, a change or a to-do; as superuser"""
        system = self.env.ref('base.partner_root')
        messages = self.env['mail.message'].sudo().search_fetch([
            ('model', '=', self._name), ('res_id', 'in', self.ids), ('author_id', '!=', system.id),
        ], ['res_id'])
        activities = self.env['mail.activity'].sudo().search_fetch([
            ('res_model', '=', self._name), ('res_id', 'in', self.ids)], ['res_id'])
        return self.browse({*messages.mapped('res_id'), *activities.mapped('res_id')})

    def _get_without_cause(self):
        """:return: those of these incidents of whose causes nothing is left and of which the customer notices nothing;
            as superuser"""
        orders = self.order_id.filtered(lambda order: not order._is_delay_noticed())
        # What is fulfilled in time waits for nothing.
        causes = orders.filtered(lambda order: not order.fulfilled_at)._get_late_facts()
        return self.filtered(
            lambda incident: incident.order_id in orders
            and incident.trigger not in causes.get(incident.order_id.id, {}))

    # -- causes that come back ------------------------------------------------------------------

    @api.model
    def _open_again(self, back):
        """Open incidents again whose causes have come back, as superuser: with their numbers, a new clock and the same
        notices as new ones.

        :param back: dict incident → values as of a new one
        """
        if not back:
            return
        incidents = self.sudo().browse([incident.id for incident in back])
        for incident, vals in back.items():
            incident._write_guarded({
                **{name: vals[name] for name in ('severity', 'description', 'user_id')},
                'facts': {**(incident.facts or {}), **vals['facts']}, 'state': 'open', 'closed_at': False,
                'cancel_reason': False, 'role_ids': [fields.Command.link(role_id) for role_id in vals['role_ids']],
            })
        incidents._start_clock()
        incidents._bring_in({incident: incident.role_ids for incident in incidents})
        incidents._write_guarded({'sales_notice': 'raised'})
        incidents._log_on_orders(lambda incident: incident.env._(
            "Incident %(number)s (%(kind)s) is open again: %(text)s", number=incident.name,
            kind=incident._get_kind_name(), text=incident.description))
