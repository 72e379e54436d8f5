from odoo import api, models


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    @api.depends('review_ids.state', 'review_ids.voided_at', 'review_ids.comment')
    def _compute_ledger_remark(self):
        return super()._compute_ledger_remark()

    def _get_ledger_remarks(self):
        """What a department has rejected or returned stays in the ledger with its reason."""
        remarks = super()._get_ledger_remarks()
        refusing = self.filtered(
            lambda order: order.state == 'cancel' or order.review_state in ('returned', 'rejected'))
        states = dict(self.env['order.review']._fields['state']._description_selection(self.env))
        for order in refusing:
            decided = order.review_ids.filtered('decided_at').sorted(lambda review: (review.decided_at, review.id))
            # Of an order that was cancelled later, only what went before counts.
            if (last := decided[-1:]) and last.state in ('returned', 'rejected') and not last.voided_at:
                remarks.setdefault(order.id, []).append(self.env._(
                    "%(state)s by %(role)s, %(person)s: %(comment)s", state=states[last.state], role=last.role_id.name,
                    person=last.decided_by_id.name, comment=last.comment))
        return remarks
