from odoo import fields, models


class OrderReviewHandover(models.Model):
    """How a review came to whom: kept by the actions, changed by nobody."""
    _name = 'order.review.handover'
    _inherit = ['order.guarded.mixin']
    _description = "Handover of an Order Review"
    _order = 'id desc'
    _rec_name = 'review_id'
    _allow_sudo_commands = False
    _made_by_actions = True

    review_id = fields.Many2one('order.review', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='review_id.company_id', store=True, index=True)
    kind = fields.Selection(
        [('claim', "Claimed"), ('assign', "Assigned"), ('forward', "Forwarded"), ('release', "Handed Back")],
        required=True, readonly=True)
    from_id = fields.Many2one('res.users', readonly=True)
    to_id = fields.Many2one('res.users', readonly=True)
    by_id = fields.Many2one('res.users', required=True, readonly=True)
    note = fields.Text(readonly=True)
    create_date = fields.Datetime("At", readonly=True)

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'review_id', 'company_id', 'kind', 'from_id', 'to_id', 'by_id', 'note'}
