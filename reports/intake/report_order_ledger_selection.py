from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ReportOrderLedgerSelection(models.AbstractModel):
    """The chosen orders as a page of the ledger, from the Print menu of a list (article I2)."""
    _name = 'report.sale_order_lifecycle.report_order_ledger_selection'
    _inherit = ['report.sale_order_lifecycle.report_order_ledger']
    _description = "Order Ledger of Chosen Orders"

    @api.model
    def _get_report_values(self, docids, data=None):
        orders = self.env['sale.order'].browse(docids)
        orders.check_access('read')
        registered = orders.filtered('received_at')
        if not registered:
            raise UserError(self.env._("None of these orders is registered, so the ledger contains none of them."))
        sheets = []
        for company, own in registered.grouped('company_id').items():
            days = [company._to_local_date(moment) for moment in own.mapped('received_at')]
            sheets.append(self._get_sheet(
                company, Domain('id', 'in', own.ids), Domain.FALSE, min(days), max(days)))
        return {'doc_ids': docids, 'doc_model': orders._name, 'docs': orders, 'sheets': sheets}
