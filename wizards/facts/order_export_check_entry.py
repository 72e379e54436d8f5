from odoo import fields, models


class OrderExportCheckEntry(models.TransientModel):
    """Asks legal for the result of an export and sanctions check (article R3)."""
    _name = 'order.export.check.entry'
    _description = "Record Export and Sanctions Check"

    review_ids = fields.Many2many('order.review', required=True)
    result = fields.Selection(
        [('clear', "Nothing Found"), ('conditions', "With Conditions"), ('refused', "Business Prohibited")],
        required=True, default='clear')
    note = fields.Text("Remark")

    def action_apply(self):
        """Record the check.

        :return: the action that closes the dialog
        :raise AccessError, UserError: as :meth:`order.review.action_record_export_check`
        """
        self._check_one()
        self.review_ids.action_record_export_check(self.result, self.note)
        return self._close_dialog()
