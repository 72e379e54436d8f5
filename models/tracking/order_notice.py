from odoo import api, models


class OrderNotice(models.AbstractModel):
    _inherit = 'order.notice'

    @api.model
    def _get_kinds(self):
        return ('incident_escalation', 'incident_reminder', 'incident', 'incident_resolved', *super()._get_kinds())

    @api.model
    def _get_section(self, kind, ids):
        if not kind.startswith('incident'):
            return super()._get_section(kind, ids)
        incidents = self.env['order.incident'].browse(ids).sorted(lambda row: (not row.deadline, row.deadline, row.id))
        rows = [self._get_incident_row(incident) for incident in incidents]
        return {'title': self._get_title(kind, len(incidents), rows[0]['name']), 'rows': rows}

    @api.model
    def _get_title(self, kind, count, name):
        if not kind.startswith('incident'):
            return super()._get_title(kind, count, name)
        words = {'name': name, 'count': count}
        if count == 1:
            return {
                'incident_escalation': self.env._("Incident overdue: %(name)s", **words),
                'incident_reminder': self.env._("Incident due soon: %(name)s", **words),
                'incident': self.env._("Incident: %(name)s", **words),
                'incident_resolved': self.env._("Incident resolved: %(name)s", **words),
            }[kind]
        return {
            'incident_escalation': self.env._("%(count)s incidents are overdue", **words),
            'incident_reminder': self.env._("%(count)s incidents are due soon", **words),
            'incident': self.env._("%(count)s incidents need your attention", **words),
            'incident_resolved': self.env._("%(count)s incidents are resolved", **words),
        }[kind]

    @api.model
    def _get_incident_row(self, incident):
        """:return: dict of texts about an incident, as :meth:`_get_review_row`"""
        return {
            **self._get_order_row(incident.order_id),
            'name': incident.display_name,
            'url': f'/odoo/order-incidents/{incident.id}',
            'deadline': incident._is_deadline_running() and incident.deadline and self._format_moment(
                incident.deadline),
            'overdue': incident.is_overdue,
        }
