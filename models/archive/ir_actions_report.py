from contextlib import contextmanager

from odoo import models

_AT_ONCE = 'sale_order_lifecycle.reports_print_at_once'


class IrActionsReport(models.Model):
    _inherit = 'ir.actions.report'

    @contextmanager
    def _print_at_once(self):
        """While the block runs, documents are printed without the pause that scripts in them would need.

        Odoo waits a second before it prints a page, and the documents of an order hold no scripts: nine tenths of
        the time. Who has set ``report.print_delay`` keeps that pause.
        """
        cache = self.env.cr.cache
        before = cache.get(_AT_ONCE)
        cache[_AT_ONCE] = not self.env['ir.config_parameter'].sudo().get_param('report.print_delay')
        try:
            yield
        finally:
            cache[_AT_ONCE] = before

    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        arguments = super()._build_wkhtmltopdf_args(*args, **kwargs)
        if self.env.cr.cache.get(_AT_ONCE) and '--javascript-delay' in arguments:
            arguments[arguments.index('--javascript-delay') + 1] = '0'
        return arguments
