from contextlib import contextmanager

from odoo import models

from ..mixins.mark import Work

_FOLLOWING = 'following_changes'


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- what follows a change ----------------------------------------------------------------------

    @contextmanager
    def _changes_followed_at_end(self):
        """Evaluate reviews once the block is done, by what it leaves, not by what it does on the way.

        Core takes the rewards of an order away to calculate them anew: for a moment every price is another
        one, and nobody has to review that. The block works with the orders that it is given.
        """
        if Work.find(_FOLLOWING, self):
            yield self
            return
        with Work.begin(_FOLLOWING, self) as work:
            yield work.put(self)
            changed = self.browse(work.ids)
        if changed:
            changed.exists()._follow_change()

    def _follow_change(self):
        """Evaluate the stages of orders in review again: values or conditions may have changed."""
        if work := Work.find(_FOLLOWING, self):
            work.ids.update(self.ids)
            return
        self._on_values_changed()
        changed = self.sudo().filtered(
            lambda order: order.policy_id and order.state in ('draft', 'sent')
            and order.review_state in ('in_review', 'approved'))
        if changed:
            for version, orders in changed.grouped('values_version').items():
                orders._write_guarded({'values_version': version + 1})
            changed._sync_reviews()

    def _on_values_changed(self):
        """Hook: values of these orders, or conditions that depend on them, may be others than before."""

    def _update_programs_and_rewards(self):
        # A method of sale_loyalty, which need not be there; then nobody calls this.
        with self._changes_followed_at_end() as orders:
            return super(SaleOrder, orders)._update_programs_and_rewards()

    def _recompute_prices(self):
        # Core takes all discounts away and enters price after price.
        with self._lines_changed_at_once() as orders:
            return super(SaleOrder, orders)._recompute_prices()

    def _recompute_taxes(self):
        with self._lines_changed_at_once() as orders:
            return super(SaleOrder, orders)._recompute_taxes()

    def web_save_multi(self, vals_list, specification):
        with self._changes_followed_at_end() as orders:
            super(SaleOrder, orders).web_save_multi(vals_list, {})
        return self.with_context(bin_size=True).web_read(specification)
