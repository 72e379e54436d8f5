import re

from odoo import models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def _get_identity(self):
        """:return: (id, id of the company, name, tax id in comparable form) of this contact, as superuser"""
        self and self.ensure_one()
        company = self.commercial_partner_id
        return self.id, company.id, self.display_name or "", re.sub(r'[^0-9A-Z]', '', (company.vat or '').upper())
