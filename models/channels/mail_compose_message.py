from odoo import api, models
from odoo.exceptions import AccessError


class MailComposeMessage(models.TransientModel):
    _inherit = 'mail.compose.message'

    @api.model_create_multi
    def create(self, vals_list):
        # A mass mailing needs no more than to read the orders, and is kept in their chatter.
        if self.env['sale.order']._is_intake_machine():
            raise AccessError(self.env._(
                "Members of the group Intake API can only submit orders and cannot send messages: ask a member of the "
                "sales team."))
        return super().create(vals_list)
