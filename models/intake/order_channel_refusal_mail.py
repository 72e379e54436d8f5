from odoo import fields, models


class OrderChannelRefusal(models.Model):
    _inherit = 'order.channel.refusal'

    # Mails that a program has sent, and loops.
    status = fields.Selection(selection_add=[('ignored', "Ignored")], ondelete={'ignored': 'cascade'})
