from odoo import models


class ResPartnerBank(models.Model):
    _inherit = 'res.partner.bank'

    def _search_employee_id(self, operator, value):
        return super()._search_employee_id(operator, self._settle_operand('employee_id', operator, value))
