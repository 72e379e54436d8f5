from contextlib import contextmanager

from odoo import models

_HELD = 'sale_order_lifecycle.held_changes'


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- changes that are still going on --------------------------------------------------------------

    @contextmanager
    def _changes_followed_at_end(self):
        """Evaluate reviews once the block is done, by what it leaves, not by what it does on the way.

        Core takes the rewards of an order away to calculate them anew: for a moment every price is another
        one, and nobody has to review that. The mark is in the memory of the transaction, where no client reaches it.
        """
        cache = self.env.cr.cache
        outermost = _HELD not in cache
        held = cache.setdefault(_HELD, set())
        try:
            yield
        finally:
            if outermost:
                cache.pop(_HELD, None)
        if outermost and held:
            self.browse(held).exists()._follow_change()

    def _follow_change(self):
        held = self.env.cr.cache.get(_HELD)
        if held is None:
            return super()._follow_change()
        held.update(self.ids)

    def action_confirm(self):
        # With sale_loyalty the confirmation itself calculates the rewards anew.
        with self._changes_followed_at_end():
            return super().action_confirm()

    def _update_programs_and_rewards(self):
        # A method of sale_loyalty, which need not be there; then nobody calls this.
        with self._changes_followed_at_end():
            return super()._update_programs_and_rewards()
