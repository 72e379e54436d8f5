from odoo import api, fields, models


class OrderReviewCheck(models.Model):
    """A check of one review, copied from the stage when the review is opened."""
    _name = 'order.review.check'
    _inherit = ['order.guarded.mixin', 'order.dossier.mixin']
    _description = "Order Review Check"
    _order = 'review_id, sequence, id'
    _allow_sudo_commands = False
    _made_by_actions = True

    review_id = fields.Many2one('order.review', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='review_id.company_id', store=True, index=True)
    stage_id = fields.Many2one(related='review_id.stage_id')
    name = fields.Char(required=True, readonly=True, translate=True)
    sequence = fields.Integer(readonly=True)
    required = fields.Boolean(readonly=True)
    result = fields.Selection([('ok', "OK"), ('fail', "Failed"), ('na', "Not Applicable")])
    note = fields.Char()

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'review_id', 'company_id', 'name', 'sequence', 'required'}

    def write(self, vals):
        self.check_access('write')
        if not self.env.su:
            self.review_id._check_preparable()
            self.review_id._meet_decision()
        return super().write(vals)

    def _is_done(self):
        """Whether this check lets the review be approved."""
        self.ensure_one()
        return not self.required or self.result in ('ok', 'na')

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'name', 'required', 'result', 'note']
