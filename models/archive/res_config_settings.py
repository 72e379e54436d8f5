from odoo import api, fields, models

from . import dossier_number


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    archive_number_format = fields.Char(related='company_id.archive_number_format', readonly=False)
    archive_number_digits = fields.Integer(related='company_id.archive_number_digits', readonly=False)
    archive_number_preview = fields.Char(
        "Next Dossier Number", compute='_compute_archive_number_preview',
        help="The number of the next dossier in this format.")
    archive_number_problem = fields.Char(compute='_compute_archive_number_preview')

    @api.depends('company_id', 'archive_number_format', 'archive_number_digits')
    def _compute_archive_number_preview(self):
        for settings in self:
            company_sudo = settings.company_id._origin.sudo()
            form, digits = settings.archive_number_format or '', settings.archive_number_digits
            problem = company_sudo and company_sudo._get_archive_format_problem(form, digits)
            if company_sudo and not problem and not 1 <= digits <= dossier_number.MAX_DIGITS:
                problem = self.env._("Dossier numbers have between 1 and 9 digits.")
            settings.archive_number_problem = problem or False
            settings.archive_number_preview = False
            if company_sudo and not problem:
                year, number = self.env['order.archive.chain'].sudo()._get_next_number(company_sudo)
                settings.archive_number_preview = dossier_number.format_number(form, digits, year, number)
