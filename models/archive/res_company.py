from odoo import api, fields, models
from odoo.exceptions import ValidationError

from . import dossier_number


class ResCompany(models.Model):
    _inherit = 'res.company'

    archive_number_format = fields.Char(
        "Dossier Number Format", default=dossier_number.DEFAULT_FORM,
        help="How the next dossiers are numbered: {number} is replaced by the number and {year} (or {yy} for two "
             "digits) by the year in which the dossier is sealed. Sealed dossiers keep their numbers.")
    archive_number_digits = fields.Integer(
        "Digits of Dossier Numbers", default=dossier_number.DEFAULT_DIGITS,
        help="Shorter numbers are padded with zeros.")

    _archive_number_digits_range = models.Constraint(
        f'CHECK (archive_number_digits BETWEEN 1 AND {dossier_number.MAX_DIGITS})',
        "Dossier numbers have between 1 and 9 digits.")

    @api.constrains('archive_number_format', 'archive_number_digits')
    def _check_archive_number_format(self):
        for company in self:
            if message := company._get_archive_format_problem(
                    company.archive_number_format, company.archive_number_digits):
                raise ValidationError(message)

    # -- business -------------------------------------------------------------------------------

    def _get_archive_format_problem(self, form, digits):
        """:return: translated sentence why the dossiers of this company cannot be numbered like this; None if they can
        """
        self.ensure_one()
        problem = dossier_number.find_problem(form or '')
        if problem == 'number':
            return self.env._("The format of dossier numbers has to contain {number} once, for example %(example)s.",
                              example=dossier_number.DEFAULT_FORM)
        if problem == 'year':
            return self.env._("The format of dossier numbers has to contain {year} or {yy} once, as the numbers of "
                              "each year start with 1, for example %(example)s.", example=dossier_number.DEFAULT_FORM)
        if problem == 'characters':
            return self.env._("The format of dossier numbers can only contain letters, digits, spaces and the "
                              "characters / - . _ besides {number}, {year} and {yy}.")
        if problem == 'length':
            return self.env._("The format of dossier numbers can have at most %(count)s characters.",
                              count=dossier_number.MAX_LENGTH)
        if taken := self._find_taken_archive_number(form, digits):
            return self.env._("With this format, a future dossier would get the number of an existing one, "
                              "%(number)s. Choose another format.", number=taken)
        return None

    def _find_taken_archive_number(self, form, digits):
        """:return: the number of a dossier that another one would get in this form, later; None if there is none"""
        self.ensure_one()
        chain = self.env['order.archive.chain'].sudo().search([('company_id', 'in', self.ids)])
        if not chain:
            return None
        names = self.env['order.archive'].sudo().search_fetch(
            [('company_id', 'in', self.ids), ('name', '!=', False)], ['name']).mapped('name')
        width = 100 if '{yy}' in form else 10000
        last = {int(year) % width: number for year, number in (chain.numbers or {}).items()}
        for name in names:
            found = dossier_number.read_number(form, digits, name)
            if found and found[1] > last.get(found[0], 0) and found[0] >= self._get_local_date().year % width:
                return name
        return None

    def _format_archive_number(self, year, number):
        """:return: text of the number of a dossier that is sealed in this year"""
        self.ensure_one()
        # Companies that were created before this addon was there have none.
        return dossier_number.format_number(
            self.archive_number_format or dossier_number.DEFAULT_FORM,
            self.archive_number_digits or dossier_number.DEFAULT_DIGITS, year, number)
