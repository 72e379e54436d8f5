from odoo import api, fields, models
from odoo.exceptions import UserError

# A longer ledger is exported rather than printed.
MAX_PRINTED_ORDERS = 10000


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    ledger_remark = fields.Char(
        "Remark", compute='_compute_ledger_remark', compute_sudo=True,
        help="Why the order is not continued: it is kept in the ledger nevertheless.")

    @api.depends('state', 'received_at')
    @api.depends_context('lang')
    def _compute_ledger_remark(self):
        remarks = self._get_ledger_remarks()
        for order in self:
            order.ledger_remark = ' · '.join(remarks.get(order.id, ())) or False

    def _get_ledger_remarks(self):
        """What the ledger tells of orders that do not go on (article I2). Rooms add to the result of ``super()``.

        :return: dict order id → list of translated texts, as superuser; orders that go on may be missing
        """
        return {order.id: [self.env._("Cancelled")] for order in self if order.state == 'cancel'}

    @api.model
    def _check_printed_ledger(self, count):
        """:param count: how many orders the ledger would have on paper
        :raise UserError: if these are too many
        """
        if count > MAX_PRINTED_ORDERS:
            raise UserError(self.env._(
                "%(count)s orders are too many to print: select a period with at most %(limit)s, or export the list.",
                count=count, limit=MAX_PRINTED_ORDERS))
