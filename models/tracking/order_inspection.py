from odoo import models

from .order_incident import OPEN_STATES


class OrderInspection(models.Model):
    """What fails is an incident of the orders that wait for it (article K2)."""
    _inherit = 'order.inspection'

    def _tell_of_failure(self):
        result = super()._tell_of_failure()
        failed = {
            (order, inspection.product_id): inspection for inspection in self.sudo() for order in inspection.order_ids
            if order.state == 'sale' and order.policy_id.detects_incidents}
        Incident = self.env['order.incident']
        known = {(row.order_id, row.cause) for row in Incident.sudo().search([
            ('order_id', 'in', [order.id for order, _product in failed]), ('trigger', '=', 'inspection'),
            ('state', 'in', OPEN_STATES)])} if failed else ()
        Incident._raise([
            inspection._prepare_incident_vals(order) for (order, _product), inspection in failed.items()
            if (order, inspection._get_incident_cause()) not in known])
        return result

    def _get_incident_cause(self):
        """:return: what an order has one open incident for"""
        self.ensure_one()
        return f'inspection,{self.product_id.id}'

    def _prepare_incident_vals(self, order):
        """:param order: ``sale.order`` for which the goods are
        :return: dict of values of the incident; asked as superuser"""
        self.ensure_one()
        roles = self.env['order.role'].sudo()
        for code in ('quality', 'production' if self.production_id else 'purchasing'):
            roles |= roles._get_by_code(code).filtered('active')
        order = order.with_context(lang=order.user_id.lang or order.company_id.partner_id.lang or self.env.lang)
        return {
            'order_id': order.id, 'kind': 'quality', 'trigger': 'inspection', 'cause': self._get_incident_cause(),
            'severity': 'high' if order.is_late else 'normal', 'role_ids': roles.ids,
            'description': order.env._(
                "%(quantity)s %(unit)s of “%(product)s” failed the inspection: %(note)s",
                quantity=f"{self.failed_quantity:g}", unit=self.uom_id.name, product=self.product_id.display_name,
                note=self.note),
        }
