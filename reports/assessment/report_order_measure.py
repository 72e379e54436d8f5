from odoo import api, models
from odoo.exceptions import UserError


class ReportOrderMeasure(models.AbstractModel):
    """The notice on paper: commendation, criticism, or a rectification by a deadline (article E4)."""
    _name = 'report.sale_order_lifecycle.report_order_measure'
    _description = "Notice of a Measure"

    @api.model
    def _get_report_values(self, docids, data=None):
        """:return: values of the template; the documents as superuser, once the person may read them"""
        measures = self.env['order.measure'].browse(docids)
        measures.check_access('read')
        measures_sudo = measures.sudo()
        if undecided := measures_sudo.filtered(lambda measure: not measure.decided_at)[:1]:
            raise UserError(self.env._(
                "“%(measure)s” has not been decided, so there is no notice to print.", measure=undecided.display_name))
        return {'doc_ids': docids, 'doc_model': measures._name, 'docs': measures_sudo}
