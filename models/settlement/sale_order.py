from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    lifecycle_phase = fields.Selection(selection_add=[('aftersales', "After-sales"), ('cancelled',)])

    # settlement
    settlement_ids = fields.One2many(
        'order.settlement', 'order_id', string="Settlements", readonly=True, copy=False,
        groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')
    settlement_id = fields.Many2one(
        'order.settlement', compute='_compute_settlement', store=True, copy=False, index='btree_not_null')
    settlement_state = fields.Selection(
        [('none', "Not Fulfilled"), ('open', "Outstanding"), ('to_check', "To Check"),
         ('difference', "Difference"), ('settled', "Settled")],
        compute='_compute_settlement', store=True, copy=False)
    settled_at = fields.Datetime(compute='_compute_settlement', store=True, copy=False)
    settlement_summary = fields.Char(
        compute='_compute_settlement_summary', help="The open items in the settlement of the order.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('policy_id', 'fulfilment_state', 'settlement_ids.state', 'settlement_ids.settled_at')
    def _compute_settlement(self):
        for order in self:
            # No slice: its record would be prefetched order by order.
            settlement = next(iter(order.sudo().settlement_ids), self.env['order.settlement'])
            order.settlement_id = settlement
            order.settlement_state = settlement.state or ('none' if order.policy_id else False)
            order.settled_at = settlement.settled_at

    @api.depends('settlement_id.state', 'settlement_id.unpaid_amount', 'settlement_id.difference_amount')
    @api.depends_context('lang')
    def _compute_settlement_summary(self):
        for order in self:
            settlement = order.sudo().settlement_id
            order.settlement_summary = bool(settlement) and order.state == 'sale' and settlement._get_summary()

    # -- phase ----------------------------------------------------------------------------------

    @api.depends('settlement_state')
    def _compute_lifecycle_phase(self):
        return super()._compute_lifecycle_phase()

    def _get_lifecycle_phase(self):
        if self.state == 'sale' and self.settlement_state == 'settled':
            return 'aftersales'
        return super()._get_lifecycle_phase()

    def _follow_fulfilment(self):
        result = super()._follow_fulfilment()
        self.env['order.settlement'].sudo()._follow_orders(self)
        return result

    # -- guarded fields and what may change -----------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'settlement_ids', 'settlement_id', 'settlement_state', 'settled_at'}

    def _check_state_change(self, state):
        result = super()._check_state_change(state)
        if settled := self.filtered(lambda order: order.settlement_state == 'settled' and order.state != state)[:1]:
            raise UserError(self.env._(
                "%(order)s is settled and cannot be changed. Create a return and a credit note for returned goods.",
                order=settled.name))
        return result

    # -- actions --------------------------------------------------------------------------------

    def action_open_settlement(self):
        """:return: the action that opens the settlements of these orders"""
        return self.settlement_id._open_records()

    # -- amounts --------------------------------------------------------------------------------

    def _get_settlement_amounts(self):
        """What was agreed, owed, invoiced and paid of these orders, in batch and as superuser.

        Posted invoices and credit notes count, with the lines of the order only, in its currency; what counts as
        paid of them is said in :meth:`_get_document_amounts`.

        :return: dict order id → dict of ``contract``, ``invoiced`` (net of credit notes), ``paid``, ``granted`` (cash
            discounts that the terms grant), ``unpaid``, ``due_date`` of the oldest open instalment, ``documents``:
            dict move id as text → ``[amount, unpaid]``, and what :meth:`_get_owed_values` returns
        """
        self = self.sudo()  # noqa: PLW0642 - who reads a settlement needs no access to invoices
        documents = self._get_document_amounts()
        amounts = {}
        for order in self:
            rows = documents[order.id]
            values = amounts[order.id] = {
                'contract': order.amount_total, 'invoiced': 0.0, 'paid': 0.0, 'granted': 0.0, 'unpaid': 0.0,
                'due_date': False, 'documents': {},
                **order._get_owed_values({move: amount for move, amount, *_rest in rows}),
            }
            for move, amount, unpaid, paid, granted in rows:
                values['invoiced'] += amount
                values['unpaid'] += unpaid
                values['paid'] += paid
                values['granted'] += granted
                values['documents'][str(move.id)] = [amount, unpaid]
                if move.move_type == 'out_invoice':
                    dates = [date for date in (values['due_date'], move._get_oldest_due_date()) if date]
                    values['due_date'] = min(dates, default=False)
            for name in ('invoiced', 'paid', 'granted', 'unpaid'):
                values[name] = order.currency_id.round(values[name])
        return amounts

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'settled_at']

    def _get_dossier_parts(self):
        return {**super()._get_dossier_parts(), 'settlement': self.settlement_ids}

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        names = super()._get_reader_button_names() | {'action_open_settlement'}
        if self.env['account.move'].has_access('read'):
            names.add('action_view_invoice')
        return names

    @api.model
    def _get_reader_field_names(self):
        return super()._get_reader_field_names() | {'invoice_count', 'invoice_ids'}
