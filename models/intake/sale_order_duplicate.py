from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class SaleOrder(models.Model):
    """An order that may have arrived twice is flagged; whether it has, a person decides."""
    _inherit = 'sale.order'

    duplicate_order_id = fields.Many2one(
        'sale.order', string="Possible Duplicate Of", readonly=True, copy=False, index='btree_not_null',
        help="Another order of the same customer with the same products and the same amount.")
    duplicate_cleared_at = fields.Datetime("Duplicate Cleared On", readonly=True, copy=False)
    duplicate_cleared_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    is_possible_duplicate = fields.Boolean(
        "Possible Duplicate", compute='_compute_is_possible_duplicate', compute_sudo=True,
        search='_search_is_possible_duplicate')

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('duplicate_order_id.state', 'duplicate_cleared_at', 'state')
    def _compute_is_possible_duplicate(self):
        for order in self:
            order.is_possible_duplicate = bool(
                order.duplicate_order_id and not order.duplicate_cleared_at
                and order.state in ('draft', 'sent') and order.duplicate_order_id.state != 'cancel')

    @api.model
    def _search_is_possible_duplicate(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_possible_duplicate'], 'read')
        # The other order may be one that the person does not see.
        flagged = Domain('id', 'in', self.sudo()._search([
            ('duplicate_order_id.state', '!=', 'cancel'), ('duplicate_order_id', '!=', False),
            ('duplicate_cleared_at', '=', False), ('state', 'in', ('draft', 'sent'))]))
        return Domain.OR([flagged] * (True in value) + [~flagged] * (False in value))

    # -- detection ------------------------------------------------------------------------------

    def _detect_duplicates(self):
        """Flag registered orders that may have arrived twice, and those no more that do not look like it."""
        orders_sudo = self.sudo().filtered(
            lambda order: order.received_at and order.policy_id.duplicate_days and order.state in ('draft', 'sent'))
        if not orders_sudo:
            return
        # Those that looked like these.
        orders_sudo |= orders_sudo.search([
            ('duplicate_order_id', 'in', orders_sudo.ids), ('state', 'in', ('draft', 'sent'))])
        found = orders_sudo._find_possible_duplicates()
        changed = orders_sudo.filtered(lambda order: order.duplicate_order_id != found[order])
        for order in changed:
            # What a person has said was about another pair of orders.
            order._write_guarded({
                'duplicate_order_id': found[order].id, 'duplicate_cleared_at': False,
                'duplicate_cleared_by_id': False})

    def _find_possible_duplicates(self):
        """The last order before each that looks the same, else the first one after it that was there already.

        An order is entered late at times, with the moment at which it was received. Of two orders one is flagged.
        Override to compare something else.

        :return: dict order → ``sale.order``, empty where there is none; as superuser, a constant number of queries
        """
        span = timedelta(days=max(self.policy_id.mapped('duplicate_days')))
        candidates = self.search([
            ('company_id', 'in', self.company_id.ids), ('state', '!=', 'cancel'),
            ('partner_id.commercial_partner_id', 'in', self.partner_id.commercial_partner_id.ids),
            ('amount_total', 'in', list(set(self.mapped('amount_total')))),
            ('received_at', '>=', min(self.mapped('received_at')) - span),
            ('received_at', '<=', max(self.mapped('received_at')) + span),
        ], order='received_at, id')
        alike = defaultdict(self.browse, candidates.grouped(lambda order: order._get_duplicate_key()))
        result = {}
        for order in self:
            days = timedelta(days=order.policy_id.duplicate_days)
            near = (alike[order._get_duplicate_key()] - order).filtered(
                lambda other, order=order, days=days: other.duplicate_order_id != order
                and abs(other.received_at - order.received_at) <= days)
            earlier = near.filtered(
                lambda other, order=order: (other.received_at, other.id) < (order.received_at, order.id))
            # Those of the same batch find this one, and what is flagged already has found one.
            later = (near - earlier - self).filtered(lambda other: not other.duplicate_order_id)
            # What is flagged stays so while it looks the same, and so does what a person has said about it.
            result[order] = near & order.duplicate_order_id or earlier[-1:] or later[:1]
        return result

    def _get_duplicate_key(self):
        """:return: what two orders have in common that may be the same one, None of an order that says nothing yet"""
        self.ensure_one()
        products = frozenset(
            (line.product_id.id, line.product_uom_id.id, line.product_uom_qty)
            for line in self.order_line if not line.display_type and line.product_id)
        # An order without products is like no other one.
        return (
            self.company_id, self.partner_id.commercial_partner_id, self.currency_id,
            round(self.amount_total, 6), products or self.id)

    # -- actions --------------------------------------------------------------------------------

    def action_not_duplicate(self):
        """Say of orders that look like earlier ones that they are orders of their own.

        :return: True
        :raise AccessError: for people who are no sales staff
        :raise UserError: with the first order that is not flagged; then nothing is kept
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        self._check_refusals(self._get_duplicate_refusals())
        self._action_not_duplicate()
        return True

    def action_not_duplicate_possible(self):
        """Say of those of the orders that are flagged that they are orders of their own, for lists.

        :return: a notification that counts them and names the others
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        refusals = self._get_duplicate_refusals()
        possible = self._without(refusals)
        possible._action_not_duplicate()
        return self._get_summary_notification(
            self.env._("%(count)s orders confirmed as not duplicates.", count=len(possible)), refusals)

    def _get_duplicate_refusals(self):
        """:return: dict order id → UserError with one sentence, of orders that are not flagged"""
        return {
            order.id: UserError(self.env._(
                "%(order)s is not flagged as a possible duplicate.", order=order.display_name))
            for order in self if not order.is_possible_duplicate
        }

    def _action_not_duplicate(self):
        """Keep who has said so, as superuser and after all checks."""
        orders_sudo = self.sudo()
        orders_sudo._write_guarded({
            'duplicate_cleared_at': fields.Datetime.now(), 'duplicate_cleared_by_id': self.env.uid})
        orders_sudo._message_log_batch(bodies={
            order.id: self.env._("Not a duplicate of %(other)s.", other=order.duplicate_order_id.name)
            for order in orders_sudo})
