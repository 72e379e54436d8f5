from odoo import models
from odoo.exceptions import AccessError


class IrActionsReport(models.Model):
    """The papers of the addon are for people of the company who may read what is printed.

    They show more of a document than its reader may read otherwise, and read it as superuser. Asked here, this
    holds for every paper, on every way to print it.
    """
    _inherit = 'ir.actions.report'

    def _check_report_access(self, report, docids):
        """Ask for the rights to print documents; rooms add theirs. Nothing is asked of superusers.

        :param report: the ``ir.actions.report``
        :param docids: ids of the documents, or None
        :raise AccessError: where the person may not print them
        """
        if self.env.su or not (report.report_name or '').startswith('sale_order_lifecycle.'):
            return
        if not self.env.user._is_internal():
            raise AccessError(self.env._(
                "This document is for internal use only. Print the order from its page."))
        self.env[report.model].browse(docids or ()).check_access('read')

    def _get_rendering_context(self, report, docids, data):
        self._check_report_access(report, docids)
        return super()._get_rendering_context(report, docids, data)

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # What was kept of an earlier print is not rendered again.
        self._check_report_access(self._get_report(report_ref), res_ids)
        return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
