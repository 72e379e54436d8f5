from odoo import api, models
from odoo.exceptions import UserError

from ..mixins.mark import Mark, is_system

# Core settles entries with each other, as whoever reconciles them.
CORE_RECONCILING = Mark('core_reconciling')
# What a settlement of two entries is about.
FACTS = {
    'amount', 'credit_amount_currency', 'credit_currency_id', 'credit_move_id', 'debit_amount_currency',
    'debit_currency_id', 'debit_move_id',
}


class AccountPartialReconcile(models.Model):
    """What settles what, and how much of it: what is open of an invoice, and what is paid of it, follows from that."""
    _inherit = 'account.partial.reconcile'
    _is_ruled = True

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._check_reconciled_by_core()
        return partials

    def write(self, vals):
        if FACTS.isdisjoint(vals):
            return super().write(vals)
        self._check_reconciled_by_core()
        result = super().write(vals)
        self._check_reconciled_by_core()
        return result

    def _get_worth(self, side, other):
        """How much of an entry this settlement has brought for it, in its currency.

        Whoever registers a payment in another currency may take all that is missing for a difference of rates; what
        came in is worth what it is on its day.

        :param side: ``debit`` or ``credit``: the entry; ``other`` is the other one
        :return: float, at most what is settled
        """
        self.ensure_one()
        amount, brought = self[f'{side}_amount_currency'], self[f'{other}_amount_currency']
        currency, own_currency = self[f'{other}_currency_id'], self[f'{side}_currency_id']
        if currency == own_currency:
            return amount
        # Each of the amounts was rounded.
        return min(amount, currency._convert(
            brought + currency.rounding, own_currency, self.company_id, self[f'{other}_move_id'].date))

    def _check_reconciled_by_core(self):
        """Core settles an entry with no more than another one of the same account holds.

        :raise UserError: when somebody would enter what settles what in a company under policy, or who works for one
        """
        if CORE_RECONCILING.lies_on(self) or is_system(self):
            return
        # No record rule of core keeps people of other companies from these rows.
        entries = self.sudo().debit_move_id | self.sudo().credit_move_id
        if self.env['order.policy']._is_governed_for_person(entries.company_id):
            raise UserError(self.env._(
                "The payments of an invoice are determined by reconciling journal items and cannot be entered. Select "
                "the journal items and reconcile them."))
