from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    @api.model
    def _search_message_partner_ids(self, operator, operand):
        return super()._search_message_partner_ids(operator, self._settle_operand(
            'message_partner_ids', operator, operand, active_test=False))
