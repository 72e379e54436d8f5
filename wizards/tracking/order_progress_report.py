from odoo import api, fields, models


class OrderProgressReport(models.TransientModel):
    """Asks a department how far it is with one or many orders (article F3)."""
    _name = 'order.progress.report'
    _description = "Report Progress"

    progress_ids = fields.Many2many('order.progress', string="Progress Requests", required=True)
    progress_count = fields.Integer("Number of Progress Requests", compute='_compute_progress_count')
    percent = fields.Integer("Progress (%)", compute='_compute_proposal', store=True, readonly=False)
    forecast_date = fields.Date(
        "Forecast", compute='_compute_proposal', store=True, readonly=False,
        help="The day on which your department will be done.")
    note = fields.Text()

    @api.depends('progress_ids')
    def _compute_progress_count(self):
        for dialog in self:
            dialog.progress_count = len(dialog.progress_ids)

    @api.depends('progress_ids')
    def _compute_proposal(self):
        for dialog in self:
            requests = dialog.progress_ids._origin
            # What the records tell of one order is nothing to say of another.
            dialog.percent = requests.proposed_percent if len(requests) == 1 else 0
            dialog.forecast_date = len(requests) == 1 and requests.proposed_date

    def action_report(self):
        """Report all of the requests or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: as :meth:`order.progress.action_report`
        """
        self._check_one()
        self.progress_ids.action_report(self.percent, self.forecast_date, self.note)
        return self._close_dialog()
