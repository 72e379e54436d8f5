from odoo import fields, models


class OrderInspectionResuming(models.TransientModel):
    """Asks what was done before batches are sampled again (article F4)."""
    _name = 'order.inspection.resuming'
    _description = "Resume Sampling"

    inspection_ids = fields.Many2many('order.inspection', required=True)
    measure = fields.Text("Improvement")

    def action_apply(self):
        """Resume the sampling of all of the inspections, or of none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first inspection of which sampling cannot be resumed
        """
        self._check_one()
        self.inspection_ids.action_resume_sampling(self.measure)
        return self._close_dialog()
