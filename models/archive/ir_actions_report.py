from odoo import models


class IrActionsReport(models.Model):
    _inherit = 'ir.actions.report'

    def _print_at_once(self):
        """:return: this model; what it prints is printed without the pause that scripts in documents would need

        Odoo waits a second before it prints a page, and the documents of an order hold no scripts: nine tenths of
        the time. Who has set ``report.print_delay`` keeps that pause.
        """
        if self.env['ir.config_parameter'].sudo().get_param('report.print_delay'):
            return self
        return self.with_context(order_lifecycle_print_at_once=True)

    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        arguments = super()._build_wkhtmltopdf_args(*args, **kwargs)
        if self.env.context.get('order_lifecycle_print_at_once') and '--javascript-delay' in arguments:
            arguments[arguments.index('--javascript-delay') + 1] = '0'
        return arguments
