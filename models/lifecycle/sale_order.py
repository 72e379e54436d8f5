from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# From how many days before the promised date on an order counts as due.
DUE_SOON_DAYS = 3


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    promise_state = fields.Selection(
        [('late', "Late"), ('soon', "Due Soon"), ('open', "On Schedule"), ('kept', "On Time")],
        string="Promised Date Status", compute='_compute_promise_state', search='_search_promise_state')
    days_late = fields.Integer(
        compute='_compute_days_late', aggregator='avg',
        help="Days between the promised date and the fulfilment, or today if the order is not fulfilled; 0 if on time.")
    late_count = fields.Integer(
        "Late Orders", compute='_compute_days_late', aggregator='sum', help="1 for an order that is late, else 0.")
    waits_for_me = fields.Boolean(
        "Waiting for My Department", compute='_compute_waits_for_me', search='_search_waits_for_me',
        help="A review of one of my roles is pending.")

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

    @api.model
    def _search_promise_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['promise_state'], 'read')
        states = [state for state in value if state]
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "COALESCE(%s, '') = ANY(%s)", model._field_to_sql(alias, 'promise_state', query),
                [*states, ''] if False in value else states),
            predicate=lambda order: order.promise_state in value)

    @api.depends('is_late', 'promised_date', 'fulfilled_at', 'policy_id')
    def _compute_days_late(self):
        now = fields.Datetime.now()
        for order in self:
            order.late_count = int(order.is_late)
            order.days_late = order.is_late and (
                order._to_lifecycle_date(order.fulfilled_at or now) - order.promised_date).days

    def _field_to_sql(self, alias, field_expr, query=None):
        # Time makes an order late, so this is not stored; pivots and graphs count it all the same.
        if field_expr in ('days_late', 'late_count', 'promise_state'):
            self._check_field_access(self._fields[field_expr], 'read')
            return self._get_promise_sql(alias, field_expr)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _get_board_columns(self):
        return {**super()._get_board_columns(), 'promise_state': set()}

    @api.model
    def _get_promise_sql(self, alias, name):
        """:return: SQL of ``days_late``, ``late_count`` or ``promise_state``; NULL for orders without a promise"""
        fulfilled, promised = (
            self._field_to_sql(alias, field_name) for field_name in ('fulfilled_at', 'promised_date'))
        day = SQL(
            "(COALESCE(%s, %s::timestamp) AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
            fulfilled, fields.Datetime.now(), self._get_timezone_sql(alias))
        value = {
            'days_late': SQL("GREATEST(%s - %s, 0)", day, promised),
            'late_count': SQL("CASE WHEN %s > %s THEN 1 ELSE 0 END", day, promised),
            'promise_state': SQL(
                """CASE WHEN %(day)s > %(promised)s THEN 'late' WHEN %(fulfilled)s IS NOT NULL THEN 'kept'
                        WHEN %(promised)s <= %(day)s + %(soon)s THEN 'soon' ELSE 'open' END""",
                day=day, promised=promised, fulfilled=fulfilled, soon=DUE_SOON_DAYS),
        }[name]
        return SQL(
            "CASE WHEN %s IS NOT NULL AND %s <> 'cancel' AND %s IS NOT NULL THEN %s END",
            self._field_to_sql(alias, 'policy_id'), self._field_to_sql(alias, 'state'), promised, value)

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
        self._check_field_access(self._fields['waits_for_me'], 'read')
        if True not in value:
            return Domain.FALSE
        role_ids = self.env['order.role']._get_role_ids_of(self.env.user)
        return Domain('review_ids', 'any', Domain('state', '=', 'pending') & Domain('role_id', 'in', role_ids))

    def _compute_review_summary(self):
        result = super()._compute_review_summary()
        # Colour alone tells nothing to some people, so the card says the state in words, too.
        states = dict(self.env['order.review']._fields['state']._description_selection(self.env))
        for order in self:
            order.review_summary = [
                {**chip, 'title': order._get_chip_title(chip, states.get(chip['state'], chip['state']))}
                for chip in order.review_summary or ()
            ]
        return result

    def _get_chip_title(self, chip, state):
        if chip['needed'] > 1:
            return self.env._(
                "%(stage)s · %(role)s: %(state)s (%(given)s of %(needed)s approvals)", stage=chip['stage'],
                role=chip['role'], state=state, given=chip['given'], needed=chip['needed'])
        return self.env._("%(stage)s · %(role)s: %(state)s", stage=chip['stage'], role=chip['role'], state=state)
