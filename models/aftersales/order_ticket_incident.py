from odoo import models
from odoo.exceptions import UserError


class OrderTicket(models.Model):
    """What a customer reports may have gone wrong with the order itself (article K2)."""
    _inherit = 'order.ticket'

    def action_open_report_incident(self):
        """:return: the action that asks what has gone wrong with the order of a ticket
        :raise UserError: where the ticket has no order
        """
        self._check_one().check_access('read')
        if not self.order_id:
            raise UserError(self.env._("Enter the order of %(ticket)s first.", ticket=self.display_name))
        return self.order_id._get_possible_for_incident()._open_incident_report(self)
