from odoo import api, fields, models
from odoo.fields import Domain

# How many orders are looked at between two commits.
_BATCH = 100


class OrderProgress(models.Model):
    """Which reports are due, and which of them the records answer."""
    _inherit = 'order.progress'

    @api.model
    def _cron_open(self):
        """Open the reports that are due; several nodes may do so at once."""
        due = self.env['sale.order'].sudo()._find_due_for_progress()
        self.env['ir.cron']._work_off(
            'order.progress._cron_open', due, lambda orders: orders._open_progress_requests(), size=_BATCH,
            allow_referencing=True)

    @api.model
    def _open_scheduled(self, orders):
        """Open the regular reports of orders: filled in where the records answer, else asked for; as superuser.

        :param orders: ``sale.order`` as superuser
        :return: the requests that people have to answer
        """
        working, facts = orders._get_working_roles(), orders._get_progress_facts()
        waiting, last = self._get_waiting_pairs(orders), self._get_last_reports(orders)
        vals_list = []
        for order in orders:
            for code in self._get_reporting_codes(working[order.id]):
                role = self.env['order.role']._get_by_code(code)
                if role and (order.id, role.id) not in waiting:
                    vals_list.append(self._prepare_scheduled_vals(
                        order, role, facts[order.id].get(code), last.get((order.id, role.id), self.browse())))
        asked = self.sudo()._create_guarded(vals_list).filtered(lambda request: request.state == 'requested')
        asked._start_clock()
        if asked:
            asked.order_id._keep_progress_asked()
            self.env.ref('sale_order_lifecycle.ir_cron_notify_progress').sudo()._trigger()
        return asked

    @api.model
    def _get_reporting_codes(self, codes):
        """:return: those of the codes of the roles at work on an order that report to sales: whoever makes, buys or
            delivers; what others do, such as inspections, has a list of its own"""
        reporting = set(self.env['sale.order']._get_progress_roles().values())
        return [code for code in dict.fromkeys(codes) if code in reporting]

    @api.model
    def _get_waiting_pairs(self, orders):
        """:return: set of pairs of the ids of an order and of a role that is asked for its progress already"""
        return {
            (order.id, role.id) for order, role in self.sudo()._read_group(
                Domain('order_id', 'in', orders.ids) & Domain('state', '=', 'requested'), ['order_id', 'role_id'])}

    @api.model
    def _get_last_reports(self, orders):
        """:return: dict pair of the ids of an order and of a role → what the role has reported last, as superuser"""
        rows = self.sudo()._read_group(
            Domain('order_id', 'in', orders.ids) & Domain('state', '=', 'reported'),
            ['order_id', 'role_id'], ['id:max'])
        # What waits for a role is answered together: the newest request has the newest answer.
        reports = self.sudo().browse(last_id for _order, _role, last_id in rows)
        return {(order.id, role.id): report for (order, role, _last_id), report in zip(rows, reports, strict=True)}

    @api.model
    def _prepare_scheduled_vals(self, order, role, facts, last):
        """:return: values of the regular report of a role, answered where the records do"""
        vals = {
            'order_id': order.id, 'role_id': role.id, 'kind': 'scheduled', 'requested_at': fields.Datetime.now()}
        if risk := order._get_progress_risk(facts, last):
            return {**vals, 'risk': risk, 'deadline_hours': order.policy_id.progress_hours}
        return {
            **vals, 'state': 'reported', 'is_automatic': True, 'percent': facts.percent, 'forecast_date': facts.date,
            'reported_at': vals['requested_at'],
        }
