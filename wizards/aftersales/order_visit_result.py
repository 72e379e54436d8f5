from odoo import fields, models


class OrderVisitResult(models.TransientModel):
    """Asks what the customer has said in one or many visits (article A4)."""
    _name = 'order.visit.result'
    _description = "Record Customer Visits"

    visit_ids = fields.Many2many('order.visit', required=True)
    satisfaction = fields.Selection(
        [('5', "5 – Very satisfied"), ('4', "4 – Satisfied"), ('3', "3 – Neutral"), ('2', "2 – Not satisfied"),
         ('1', "1 – Not satisfied at all")])
    note = fields.Text("Customer Feedback")

    def action_apply(self):
        """Record all of the visits or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first visit that cannot be recorded
        """
        self._check_one()
        self.visit_ids.action_done(int(self.satisfaction or 0), self.note)
        return self._close_dialog()
