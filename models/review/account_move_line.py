from odoo import api, models
from odoo.exceptions import UserError

from ..mixins.mark import is_system
from .sale_order_line import CORE_ADDING

# What a line of an invoice charges, and on which.
BILLED = frozenset({
    'amount_currency', 'balance', 'credit', 'debit', 'discount', 'display_type', 'move_id', 'price_unit',
    'product_uom_id', 'quantity', 'tax_ids',
})


class AccountMoveLine(models.Model):
    _name = 'account.move.line'
    _inherit = ['account.move.line', 'order.computed.mixin']

    @CORE_ADDING.during
    def _sale_create_reinvoice_sale_line(self):
        # An expense that the customer bears comes to the confirmed order with the vendor's bill, entered
        # by an accountant. A line that merely says that it is an expense is one like any other.
        return super()._sale_create_reinvoice_sale_line()

    # -- which orders are billed ------------------------------------------------------------------

    def _get_billed_orders(self):
        """:return: the confirmed orders under policy that these lines bill; what they bill else belongs to no order"""
        return self.sale_line_ids.order_id.filtered(lambda order: order.policy_id and order.state == 'sale')

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # Core makes the invoices of orders as superuser.
        if not self.env.su and (
                any(vals.get('sale_line_ids') for vals in vals_list) or self.env.context.get('default_sale_line_ids')):
            lines._check_billed_lines({})
        return lines

    def write(self, vals):
        if not BILLED.isdisjoint(vals):
            self._check_billed_values(vals)
        # Nothing instead of a list of changes takes all of them away.
        if 'sale_line_ids' not in vals or is_system(self):
            return super().write(vals)
        before = {line: line.sale_line_ids for line in self.sudo()}
        result = super().write(vals)
        self._check_billed_lines(before)
        return result

    def _check_billed_values(self, vals):
        """What an order owes and has paid on an invoice of several follows from the lines. Of posted ones core keeps
        the booked amounts, and lets people enter other prices.

        :param vals: values that these lines are about to get
        :raise UserError: with the first posted invoice of orders under policy that would say something else
        """
        if self.env.su or is_system(self):
            return
        posted = self.sudo().filtered(lambda line: line.parent_state == 'posted')
        for line in posted if posted and self.env['order.policy']._has_any_governed() else ():
            changed = any(
                line[name].id != vals[name] if line._fields[name].type == 'many2one' else line[name] != vals[name]
                for name in BILLED & vals.keys())
            if changed and line.move_id.invoice_line_ids._get_billed_orders():
                raise UserError(self.env._(
                    "%(invoice)s is posted, so its lines cannot be changed. Reset it to draft, or reverse it.",
                    invoice=line.move_id.display_name))

    def _check_billed_lines(self, before):
        """What was billed, and is paid with it, counts for the order it was billed for, and for no other customer's.

        :param before: dict line → ``sale.order.line`` that it stood for
        :raise UserError: for a posted line that would stand for other lines of orders under policy than before, and
            for a line of an order under policy that would be billed by an invoice to somebody else
        """
        for line in self.sudo():
            old = before.get(line, line.sale_line_ids.browse())
            move = line.move_id
            changed = ((line.sale_line_ids - old) | (old - line.sale_line_ids)).filtered('order_id.policy_id')
            if changed and move.state == 'posted':
                raise UserError(self.env._(
                    "%(invoice)s is posted, so the links to its order lines cannot be changed. Reverse it, and create "
                    "a new invoice from the order.", invoice=move.display_name))
            added = (changed & line.sale_line_ids).with_env(self.env)
            added.check_access('read')
            line._check_payer(added.sudo().order_id)

    def _check_payers(self):
        """:raise UserError: when these lines bill orders under policy to somebody whom those are not billed to"""
        for line in self.sudo():
            line._check_payer(line.sale_line_ids.order_id.filtered('policy_id'))

    def _check_payer(self, orders):
        """:raise UserError: with the first of these orders that is not billed to whom this line is"""
        partner = self.move_id.partner_id
        for order in orders:
            payers = (order.partner_id | order.partner_invoice_id).commercial_partner_id
            if partner.commercial_partner_id not in payers:
                raise UserError(self.env._(
                    "%(order)s is not billed to %(partner)s, so no line of this invoice can bill it. Create the "
                    "invoice from the order.", order=order.name,
                    partner=partner.display_name or self.move_id.display_name))
