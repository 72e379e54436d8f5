from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class SaleOrder(models.Model):
    """The day that the customer was promised."""
    _inherit = 'sale.order'

    promised_date = fields.Date(
        compute='_compute_promised_date', inverse='_inverse_promised_date', store=True, readonly=False, copy=False,
        help="The delivery date promised to the customer.")
    # Computed by the room of deliveries.
    fulfilled_at = fields.Datetime(
        readonly=True, copy=False, help="When the last goods were delivered and the last service was completed.")
    is_late = fields.Boolean(
        "Late", compute='_compute_is_late', search='_search_is_late',
        help="Fulfilled after the promised date, or not fulfilled although the promised date has passed.")

    @api.depends('commitment_date', 'policy_id')
    def _compute_promised_date(self):
        for order in self:
            order.promised_date = order._to_lifecycle_date(order.commitment_date)

    def _inverse_promised_date(self):
        for order in self:
            # A promise of the same day keeps the hour that it may have.
            if order._to_lifecycle_date(order.commitment_date) != order.promised_date:
                order.commitment_date = order._get_promised_datetime(order.promised_date)

    @api.onchange('promised_date')
    def _onchange_promised_date(self):
        # Inverses wait for the save, but the form tells at once what is missing and what is too early.
        self._inverse_promised_date()

    @api.depends('promised_date', 'fulfilled_at', 'state', 'policy_id')
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for order in self:
            order.is_late = bool(
                order.policy_id and order.state != 'cancel' and order.promised_date
                and order._to_lifecycle_date(order.fulfilled_at or now) > order.promised_date
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_late'], 'read')
        if True not in value:
            return Domain.FALSE
        late = [
            orders & (
                Domain('fulfilled_at', '=', False) & Domain('promised_date', '<', today)
                | Domain('fulfilled_at', '!=', False) & self._get_fulfilled_late_domain(zone))
            for orders, zone, today in self._get_days()
        ]
        return Domain('policy_id', '!=', False) & Domain('state', '!=', 'cancel') & Domain.OR(late)

    @api.model
    def _get_fulfilled_late_domain(self, zone):
        """:return: Domain of fulfilled orders whose day of fulfilment in ``zone`` is after the promised one"""
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date > %s",
                model._field_to_sql(alias, 'fulfilled_at', query), zone.zone,
                model._field_to_sql(alias, 'promised_date', query)),
            predicate=lambda order: order.is_late,
        )
