from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    visit_delay_days = fields.Integer(
        "Visit After", help="Days from the fulfilment of an order to the customer satisfaction call; 0 schedules no "
                            "call.")

    # -- constraints ----------------------------------------------------------------------------

    _visit_delay_not_negative = models.Constraint(
        'CHECK (visit_delay_days >= 0)', "The days until the visit cannot be negative: enter 0 to schedule no call.")

    # -- business -------------------------------------------------------------------------------

    def _action_adopt(self):
        result = super()._action_adopt()
        # Customers can report a problem from the first day on.
        self.env['order.ticket.team']._create_standard_teams(self.company_id)
        self.env['order.ticket']._create_sequences(self.company_id)
        return result

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        return [*super()._get_report_chapters(), {
            'sequence': 70, 'title': self.env._("After-sales Service"),
            'template': 'sale_order_lifecycle.report_policy_aftersales',
        }]

    def _get_report_deadlines(self):
        text = self._get_rule_text()
        deadlines = super()._get_report_deadlines()
        for team in self.env['order.ticket.team'].search([('company_id', '=', self.company_id.id)]):
            for task, hours in (
                (self.env._("First response to a ticket (%(team)s)", team=team.name), team.response_hours),
                (self.env._("Resolution of a ticket (%(team)s)", team=team.name), team.resolution_hours),
            ):
                if hours:
                    deadlines.append({
                        'sequence': 70, 'task': task, 'role': team.role_id.name, 'time': text.get_hours(hours)})
        return deadlines
