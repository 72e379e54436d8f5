from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    visit_delay_days = fields.Integer(
        "Visit after", help="Days from the fulfilment of an order to the call that asks the customer whether he is "
                            "satisfied; 0 plans none.")

    # -- constraints ----------------------------------------------------------------------------

    _visit_delay_not_negative = models.Constraint(
        'CHECK (visit_delay_days >= 0)', "The days until the visit cannot be negative: enter 0 to plan none.")

    # -- business -------------------------------------------------------------------------------

    def _action_adopt(self):
        result = super()._action_adopt()
        # Customers can report a problem from the first day on.
        self.env['order.ticket.team']._create_standard_teams(self.company_id)
        self.env['order.ticket']._create_sequences(self.company_id)
        return result
