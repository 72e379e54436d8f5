from contextlib import contextmanager

from odoo import models

from ..mixins.mark import Work

_FOLLOWING = 'following_changes'


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- changes that are still going on --------------------------------------------------------------

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
        work = Work.find(_FOLLOWING, self)
        if not work:
            return super()._follow_change()
        work.ids.update(self.ids)

    def action_confirm(self):
        # With sale_loyalty the confirmation itself calculates the rewards anew.
        with self._changes_followed_at_end() as orders:
            return super(SaleOrder, orders).action_confirm()

    def _update_programs_and_rewards(self):
        # A method of sale_loyalty, which need not be there; then nobody calls this.
        with self._changes_followed_at_end() as orders:
            return super(SaleOrder, orders)._update_programs_and_rewards()
