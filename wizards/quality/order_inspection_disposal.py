from odoo import api, fields, models
from odoo.exceptions import UserError


class OrderInspectionDisposal(models.TransientModel):
    """Asks what becomes of products that failed an inspection (article F4)."""
    _name = 'order.inspection.disposal'
    _description = "Decide on Failed Products"

    inspection_ids = fields.Many2many('order.inspection', required=True)
    disposition = fields.Selection(
        [('rework', "Rework and inspect again"), ('return', "Return to the vendor"), ('scrap', "Scrap"),
         ('concession', "Release by concession")])
    needs_consent = fields.Boolean(compute='_compute_needs_consent')
    note = fields.Text("Reason")
    consent = fields.Char("Consent of the Customer", help="Who agreed for the customer, and how.")

    @api.depends('inspection_ids')
    def _compute_needs_consent(self):
        for dialog in self:
            dialog.needs_consent = any(dialog.inspection_ids.sudo().plan_id.mapped('concession_consent'))

    def action_apply(self):
        """Decide on all of the inspections or none.

        :return: the action that closes the dialog, or opens the new inspections
        :raise AccessError, UserError: with the first inspection that this cannot be decided of
        """
        self._check_one()
        inspections = self.inspection_ids
        if self.disposition == 'rework':
            return inspections.action_open_rework()
        if self.disposition == 'return':
            inspections.action_return(self.note)
        elif self.disposition == 'scrap':
            inspections.action_scrap(self.note)
        elif self.disposition == 'concession':
            inspections.action_concession(self.note, self.consent)
        else:
            raise UserError(self.env._("Select what becomes of the products that failed."))
        return self._close_dialog()
