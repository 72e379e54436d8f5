from odoo import api, fields, models


class OrderInspectionFailing(models.TransientModel):
    """Asks what was found in one or many inspections, and of how much (article F4)."""
    _name = 'order.inspection.failing'
    _description = "Record Failed Inspections"

    inspection_ids = fields.Many2many('order.inspection', required=True)
    is_single = fields.Boolean(compute='_compute_is_single')
    failed_quantity = fields.Float(
        digits='Product Unit', compute='_compute_failed_quantity', store=True, readonly=False,
        help="What failed of the batch; the rest has passed.")
    is_sampled = fields.Boolean(compute='_compute_is_sampled')
    sample_quantity = fields.Float(
        "Sample", digits='Product Unit', compute='_compute_sample_quantity', store=True, readonly=False)
    acceptance_number = fields.Integer("Acceptance Number (Ac)", related='inspection_ids.acceptance_number')
    rejection_number = fields.Integer("Rejection Number (Re)", related='inspection_ids.rejection_number')
    defect_count = fields.Integer("Defective in the Sample")
    note = fields.Text("Findings")

    @api.depends('inspection_ids')
    def _compute_is_single(self):
        for dialog in self:
            dialog.is_single = len(dialog.inspection_ids) == 1

    @api.depends('inspection_ids')
    def _compute_failed_quantity(self):
        for dialog in self:
            dialog.failed_quantity = dialog.inspection_ids.quantity if dialog.is_single else 0

    @api.depends('inspection_ids', 'is_single')
    def _compute_is_sampled(self):
        for dialog in self:
            dialog.is_sampled = dialog.is_single and dialog.inspection_ids.has_verdict

    @api.depends('inspection_ids')
    def _compute_sample_quantity(self):
        for dialog in self:
            dialog.sample_quantity = dialog.inspection_ids.sample_quantity if dialog.is_single else 0

    def action_apply(self):
        """Record all of the inspections as failed, or none; of one by sampling, what is defective of the sample.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first inspection that cannot be judged
        """
        self._check_one()
        if self.is_sampled:
            self.inspection_ids.action_record_sample(self.defect_count, self.note, self.sample_quantity)
            return self._close_dialog()
        self.inspection_ids.action_fail(self.note, self.failed_quantity if self.is_single else None)
        return self._close_dialog()
