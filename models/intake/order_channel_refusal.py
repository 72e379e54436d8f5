import json

from odoo import api, fields, models


class OrderChannelRefusal(models.Model):
    """An order that a machine submitted and that was not taken in: nothing received vanishes.

    Rows are made by ``order.channel.submit_orders`` only; nobody has the right to write them.
    """
    _name = 'order.channel.refusal'
    _inherit = ['order.guarded.mixin']
    _description = "Refused Submission"
    _order = 'received_at desc, id desc'
    _rec_name = 'reference'
    _allow_sudo_commands = False
    _made_by_actions = True

    company_id = fields.Many2one('res.company', required=True, index=True, ondelete='cascade')
    channel_id = fields.Many2one('order.channel', index='btree_not_null', ondelete='set null')
    channel_code = fields.Char(help="The code that the sender gave.")
    reference = fields.Char(index='btree_not_null', help="The sender's number of the order.")
    status = fields.Selection([('rejected', "Rejected"), ('conflict', "Conflict")], required=True)
    received_at = fields.Datetime(required=True, index=True)
    user_id = fields.Many2one('res.users', string="Sent by", ondelete='set null')
    order_id = fields.Many2one(
        'sale.order', string="Order in Conflict", index='btree_not_null', ondelete='set null',
        help="The order that had been received under this reference.")
    payload = fields.Json("Received")
    errors = fields.Json("Error Data")

    # what people read
    payload_text = fields.Text("Received Content", compute='_compute_payload_text')
    error_summary = fields.Text("Errors", compute='_compute_error_summary')

    @api.depends('payload')
    def _compute_payload_text(self):
        for refusal in self:
            refusal.payload_text = json.dumps(refusal.payload, indent=2, ensure_ascii=False)

    @api.depends('errors')
    def _compute_error_summary(self):
        for refusal in self:
            refusal.error_summary = '\n'.join(error['message'] for error in refusal.errors or [])
