from odoo import models


class IrAttachment(models.Model):
    _inherit = 'ir.attachment'

    def _is_of_guarded_field(self):
        return super()._is_of_guarded_field() or (
            self.res_model == 'sale.order' and self.res_field in self.env['sale.order']._get_signature_fields()
            and bool(self.env['sale.order'].sudo().browse(self.res_id).exists().policy_id))
