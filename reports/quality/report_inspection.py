from odoo import api, models


class ReportInspection(models.AbstractModel):
    """The certificate of one inspection (article F4)."""
    _name = 'report.sale_order_lifecycle.report_inspection'
    _description = "Inspection Certificate"

    @api.model
    def _get_report_values(self, docids, data=None):
        """:return: values of the template"""
        inspections = self.env['order.inspection'].browse(docids)
        inspections.check_access('read')
        # Whoever may read the inspection may read its certificate: transfers and lots need no other right.
        return {'doc_ids': docids, 'doc_model': inspections._name, 'docs': inspections.sudo()}
