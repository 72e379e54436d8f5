from odoo import models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    # Customers of submitted orders are looked up by the end of their phone number and by their tax id, however these
    # are written (see customer_matching.py).
    _phone_end_idx = models.Index(
        r"(RIGHT(regexp_replace(phone, '\D', '', 'g'), 8)) WHERE phone IS NOT NULL")
    _vat_plain_idx = models.Index(
        "(UPPER(regexp_replace(vat, '[^[:alnum:]]', '', 'g'))) WHERE vat IS NOT NULL")
