import re
from typing import NamedTuple

from odoo import models


class Identity(NamedTuple):
    """Who a contact is."""
    partner_id: int
    company_id: int
    name: str
    # In comparable form, as the next one.
    vat: str
    # Who the customer is, and in which country.
    content: str


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def _get_identity(self):
        """:return: :class:`Identity` of this contact, as superuser"""
        self and self.ensure_one()
        company = self.commercial_partner_id
        vat = re.sub(r'[^0-9A-Z]', '', (company.vat or '').upper())
        # Who has no tax id is known by the name. The rest of an address may be corrected.
        customer = vat or ' '.join((company.name or '').casefold().split())
        content = f"{customer} {self.country_id.code or ''}".strip()
        return Identity(self.id, company.id, self.display_name or "", vat, content)
