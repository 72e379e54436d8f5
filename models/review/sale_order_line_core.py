from contextlib import contextmanager

from odoo import models


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    # What core itself changes on a confirmed order passes: over-delivery, freight, down payments, expenses,
    # repairs. The order says what it was.

    def _log_added_lines(self):
        """Note on confirmed orders that these lines have been added."""
        if confirmed := self.order_id.sudo()._get_frozen_orders({'order_line'}):
            confirmed._log_core_changes(confirmed._get_loose_values(without=self))

    @contextmanager
    def _core_changes_logged(self, vals):
        """While lines are written: note on confirmed orders what has changed on those that no approval holds.

        :param vals: what is written
        """
        orders = self.order_id.sudo()._get_frozen_orders(vals.keys() & set(self._get_commercial_fields()))
        before = orders._get_loose_values()
        yield
        orders._log_core_changes(before)

    @contextmanager
    def _core_removals_logged(self):
        """While lines are deleted: note it on confirmed orders."""
        orders = self.order_id.sudo()._get_frozen_orders({'order_line'})
        before = orders._get_loose_values()
        names = {str(line.id): line.display_name for line in self} if orders else {}
        yield
        orders._log_core_changes(before, names)
