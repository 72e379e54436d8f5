import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# Fewer digits say nothing; what is before the last ones is written in many ways. Part of a number is enough here, for
# a person chooses; whether two numbers are one is decided in phone_number.py.
PHONE_MINIMUM = 4
PHONE_END = 8


class ResPartner(models.Model):
    _inherit = 'res.partner'

    @api.model
    def _search_display_name(self, operator, value):
        """Whoever is on the phone finds customers by their phone number, too, however it is written."""
        domain = super()._search_display_name(operator, value)
        if (
            self.env.context.get('order_customer_search') and operator == 'ilike'
            and isinstance(value, str) and re.fullmatch(r'[\d\s+()./-]+', value, re.ASCII)
            and len(digits := re.sub(r'\D', '', value)) >= PHONE_MINIMUM
        ):
            domain = Domain(domain) | Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    r"regexp_replace(%s, '\D', '', 'g') LIKE %s", SQL.identifier(alias, 'phone'),
                    f'%{digits[-PHONE_END:]}%'))
        return domain
