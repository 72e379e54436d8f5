from odoo import fields, models


class OrderChannelRefusal(models.Model):
    _inherit = 'order.channel.refusal'

    # Mails that a program has sent, loops, and mails on somebody else's order.
    status = fields.Selection(selection_add=[('ignored', "Ignored")], ondelete={'ignored': 'cascade'})
    attachment_ids = fields.One2many(
        'ir.attachment', 'res_id', string="Files", domain=[('res_model', '=', 'order.channel.refusal')], readonly=True)
