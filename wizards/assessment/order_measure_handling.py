from odoo import fields, models


class OrderMeasureHandling(models.TransientModel):
    """Asks for the outcome, the further time or the reason when measures end or go on (article E4)."""
    _name = 'order.measure.handling'
    _description = "Handle Measures"

    measure_ids = fields.Many2many('order.measure', required=True)
    step = fields.Selection(
        [('done', "Done"), ('extend', "Extend"), ('cancel', "Cancel")], required=True, default='done', readonly=True)
    hours = fields.Float("Additional Working Hours", default=40.0, help="Working hours.")
    text = fields.Text("Reason or Outcome", required=True)

    def action_apply(self):
        """Handle all of the measures or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first measure that cannot be handled
        """
        self._check_one()
        if self.step == 'done':
            self.measure_ids.action_done(self.text)
        elif self.step == 'extend':
            self.measure_ids.action_extend(self.hours, self.text)
        else:
            self.measure_ids.action_cancel(self.text)
        return self._close_dialog()
