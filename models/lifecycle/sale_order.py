from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

# From how many days before the promised date on an order counts as due.
DUE_SOON_DAYS = 3


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    promise_state = fields.Selection(
        [('late', "Late"), ('soon', "Due Soon"), ('open', "On Schedule"), ('kept', "Kept")],
        string="Promise", compute='_compute_promise_state')
    waits_for_me = fields.Boolean(
        "Waits for My Department", compute='_compute_waits_for_me', search='_search_waits_for_me',
        help="A review that my role decides is pending.")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('is_late', 'promised_date', 'fulfilled_at', 'state', 'policy_id')
    def _compute_promise_state(self):
        now = fields.Datetime.now()
        for order in self:
            if not order.policy_id or order.state == 'cancel' or not order.promised_date:
                order.promise_state = False
            elif order.is_late:
                order.promise_state = 'late'
            elif order.fulfilled_at:
                order.promise_state = 'kept'
            elif order.promised_date <= order._to_lifecycle_date(now) + timedelta(days=DUE_SOON_DAYS):
                order.promise_state = 'soon'
            else:
                order.promise_state = 'open'

    @api.depends('review_ids.state', 'review_ids.role_id')
    @api.depends_context('uid')
    def _compute_waits_for_me(self):
        role_ids = set(self.env['order.role']._get_role_ids_of(self.env.user))
        for order in self:
            order.waits_for_me = any(
                review.state == 'pending' and review.role_id.id in role_ids for review in order.sudo().review_ids)

    @api.model
    def _search_waits_for_me(self, operator, value):
        if operator != 'in':
            return NotImplemented
        if True not in value:
            return Domain.FALSE
        role_ids = self.env['order.role']._get_role_ids_of(self.env.user)
        return Domain('review_ids', 'any', Domain('state', '=', 'pending') & Domain('role_id', 'in', role_ids))

    def _compute_review_summary(self):
        super()._compute_review_summary()
        # Colour alone tells nothing to some people, so the card says the state in words, too.
        states = dict(self.env['order.review']._fields['state']._description_selection(self.env))
        for order in self:
            order.review_summary = [
                {**chip, 'title': f"{chip['stage']} · {chip['role']}: {states.get(chip['state'], chip['state'])}"}
                for chip in order.review_summary or ()
            ]

    # -- board ----------------------------------------------------------------------------------

    def _open_groups(self, *, groups, groupby, **kwargs):
        # The client folds columns of records only; a phase is none.
        if groupby[0] == 'lifecycle_phase':
            for group in groups:
                group['__fold'] = group['lifecycle_phase'] == 'cancelled'
        return super()._open_groups(groups=groups, groupby=groupby, **kwargs)
