from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain


class ReportOrderLedger(models.AbstractModel):
    """The order ledger of a period on paper (article I2): every order that was registered, cancelled and rejected
    ones with the reason, totals by channel and by salesperson, and what was refused at the door."""
    _name = 'report.sale_order_lifecycle.report_order_ledger'
    _description = "Order Ledger"

    @api.model
    def _get_report_values(self, docids, data=None):
        """:return: values of the template: ``docs`` and ``sheets``, a list of :meth:`_get_sheet`"""
        wizards = self.env['order.ledger.print'].browse(docids)
        wizards.check_access('read')
        return {
            'doc_ids': docids, 'doc_model': wizards._name, 'docs': wizards,
            'sheets': [self._get_sheet(
                wizard.company_id, wizard._get_order_domain(), wizard._get_refusal_domain(),
                wizard.date_from, wizard.date_to) for wizard in wizards],
        }

    @api.model
    def _get_sheet(self, company, order_domain, refusal_domain, date_from, date_to):
        """The ledger of one company; people see the orders and refusals that they see elsewhere.

        :param company: ``res.company``
        :param order_domain: Domain of the orders
        :param refusal_domain: Domain on ``order.channel.refusal``
        :param date_from, date_to: the days of the period
        :return: dict ``company``, ``currency``, ``date_from``, ``date_to``, ``orders``, ``refusals``, ``channels``
            and ``people`` (results of :meth:`_get_totals`), ``total`` (their sum)
        :raise UserError: if there are too many orders
        """
        Order = self.env['sale.order']
        # Whoever asks for the paper itself has not come by the dialog.
        Order._check_printed_ledger(Order.search_count(order_domain))
        orders = Order.search(order_domain, order='received_at, id')
        Refusal = self.env['order.channel.refusal']
        refusals = Refusal.search(
            refusal_domain, order='received_at, id') if Refusal.has_access('read') else Refusal
        channels = self._get_totals(order_domain, 'channel_id')
        company_sudo = company.sudo()
        return {
            'company': company_sudo, 'currency': company_sudo.currency_id, 'date_from': date_from, 'date_to': date_to,
            # Whoever may read an order may read its customer and channel.
            'orders': orders.sudo(), 'refusals': refusals.sudo(),
            'channels': channels, 'people': self._get_totals(order_domain, 'user_id'),
            'total': {key: sum(row[key] for row in channels) for key in ('count', 'cancelled', 'amount')},
        }

    @api.model
    def _get_totals(self, domain, field_name):
        """:return: list of dicts ``name``, ``count``, ``cancelled`` (how many of them) and ``amount`` (untaxed, of
            those that are not cancelled, in the company's currency), one for each value of a many2one field
        """
        totals = defaultdict(lambda: {'count': 0, 'cancelled': 0, 'amount': 0.0})
        for record, state, count, amount in self.env['sale.order']._read_group(
                Domain(domain), [field_name, 'state'], ['__count', 'company_amount_untaxed:sum']):
            total = totals[record]
            total['count'] += count
            if state == 'cancel':
                total['cancelled'] += count
            else:
                total['amount'] += amount
        rows = [{'name': record.sudo().name or self.env._("None"), **total} for record, total in totals.items()]
        return sorted(rows, key=lambda row: (-row['count'], row['name']))
