from collections import defaultdict

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from .review_facts import judge_credit, judge_overdue, make_row, make_section


class SaleOrder(models.Model):
    """What finance judges (article R2): prices and margin, terms, credit and receivables of the customer."""
    _inherit = 'sale.order'

    def _get_review_facts_finance(self):
        customers = self.partner_id.commercial_partner_id
        prices, habits = self._get_price_sections(), self._get_usual_terms(customers)
        receivables, delays = self._get_receivables(customers), self._get_payment_delays(customers)
        return {
            order.id: [
                *filter(None, [prices.get(order.id)]),
                order._get_finance_terms_section(habits.get(order.partner_id.commercial_partner_id)),
                order._get_credit_section(),
                order._get_receivables_section(
                    receivables[order.partner_id.commercial_partner_id],
                    delays.get(order.partner_id.commercial_partner_id.id)),
            ] for order in self
        }

    # -- terms ----------------------------------------------------------------------------------

    def _get_usual_terms(self, customers):
        """With which terms these customers have ordered in the last year.

        :return: dict commercial partner → (``account.payment.term`` of most orders, number of them, of all)
        """
        counts = defaultdict(lambda: defaultdict(int))
        for partner, term, count in self.env['sale.order']._read_group(
                Domain('partner_id', 'child_of', customers.ids) & Domain('state', '=', 'sale')
                & Domain('company_id', '=', self.env.company.id) & Domain('date_order', '>=', '-365d'),
                ['partner_id', 'payment_term_id'], ['__count']):
            counts[partner.commercial_partner_id][term] += count
        usual = {}
        for customer, terms in counts.items():
            term = max(terms, key=lambda term: (terms[term], bool(term)))
            usual[customer] = (term, terms[term], sum(terms.values()))
        return usual

    def _get_finance_terms_section(self, habit):
        """:param habit: a value of :meth:`_get_usual_terms`, None for customers without orders
        :return: section: the terms against those agreed and those usual"""
        self.ensure_one()
        write, customer = self._get_fact_writer(), self.partner_id.commercial_partner_id
        agreed = customer.property_payment_term_id
        rows = [
            self._get_agreed_row('payment_term', self.env._("Payment terms"), self.payment_term_id, agreed),
            self._get_prepayment_row(write),
        ]
        if habit:
            term, count, total = habit
            rows.append(make_row(
                'usual_term', self.env._("Usual terms"),
                write.text(term.display_name, 'ok' if term == self.payment_term_id or self.payment_term_id == agreed
                           else 'warn'),
                self.env._("%(count)s of %(total)s orders in the last year.", count=count, total=total)))
        else:
            rows.append(make_row(
                'usual_term', self.env._("Usual terms"), write.text(False),
                self.env._("No confirmed order in the last year.")))
        return make_section('terms', self.env._("Payment"), rows)

    # -- credit ---------------------------------------------------------------------------------

    def _get_credit_section(self):
        """:return: section: what the customer owes, is still to be invoiced and would owe with this order"""
        self.ensure_one()
        company, customer = self.company_id, self.partner_id.commercial_partner_id
        write = self._get_fact_writer()
        owed, to_invoice = customer.credit, customer.credit_to_invoice
        own = self.currency_id._convert(
            self.amount_total, company.currency_id, company, self._get_lifecycle_today())
        limit = customer.credit_limit if company.account_use_credit_limit else 0.0
        exposure = owed + to_invoice + own
        rows = [
            make_row('owed', self.env._("Due now"), write.amount(owed, currency=company.currency_id)),
            make_row('to_invoice', self.env._("Confirmed, not invoiced"),
                     write.amount(to_invoice, currency=company.currency_id))
            if company.account_use_credit_limit else None,
            make_row('order', self.env._("This order"), write.amount(own, currency=company.currency_id)),
            make_row('exposure', self.env._("Total"), write.amount(
                exposure, judge_credit(exposure, limit), currency=company.currency_id)),
        ]
        if limit:
            rows += [
                make_row('limit', self.env._("Credit limit"), write.amount(limit, currency=company.currency_id)),
                make_row('used', self.env._("Credit used"), write.percent(
                    100.0 * exposure / limit, judge_credit(exposure, limit))),
            ]
        else:
            rows.append(make_row(
                'limit', self.env._("Credit limit"), write.text(False), self.env._("The customer has no limit.")
                if company.account_use_credit_limit else self.env._("The company does not use credit limits.")))
        return make_section('credit', self.env._("Credit"), rows)

    # -- receivables ----------------------------------------------------------------------------

    def _get_receivables(self, customers):
        """What these customers owe of posted invoices, in the currency of the company.

        :return: dict commercial partner → dict ``open``, ``overdue`` (amounts), ``count`` of overdue items and
            ``oldest`` (date on which the oldest was due, or False)
        """
        today = self.env.company._get_local_date()
        result = defaultdict(lambda: {'open': 0.0, 'overdue': 0.0, 'count': 0, 'oldest': False})
        domain = Domain([
            ('partner_id', 'child_of', customers.ids), ('company_id', '=', self.env.company.id),
            ('account_type', '=', 'asset_receivable'), ('parent_state', '=', 'posted'), ('reconciled', '=', False),
        ])
        Item = self.env['account.move.line']
        for partner, amount in Item._read_group(domain, ['partner_id'], ['amount_residual:sum']):
            result[partner.commercial_partner_id]['open'] += amount
        for partner, amount, count, oldest in Item._read_group(
                domain & Domain('date_maturity', '<', today) & Domain('amount_residual', '>', 0),
                ['partner_id'], ['amount_residual:sum', '__count', 'date_maturity:min']):
            owed = result[partner.commercial_partner_id]
            owed['overdue'] += amount
            owed['count'] += count
            owed['oldest'] = min(owed['oldest'] or oldest, oldest)
        return result

    def _get_payment_delays(self, customers):
        """How many days after the due date these customers have paid in the last year.

        :return: dict id of commercial partner → (average of days, negative before the due date, number of payments)
        """
        Partial = self.env['account.partial.reconcile']
        query = Partial._search(Domain([
            ('debit_move_id.account_type', '=', 'asset_receivable'), ('debit_move_id.date_maturity', '!=', False),
            ('debit_move_id.move_id.move_type', '=', 'out_invoice'),
            ('debit_move_id.partner_id.commercial_partner_id', 'in', customers.ids),
            ('company_id', '=', self.env.company.id), ('max_date', '>=', '-365d'),
        ]), bypass_access=True)
        paid = Partial._field_to_sql(query.table, 'max_date', query)
        Item, item = Partial._fields['debit_move_id'].join(Partial, query.table, query)
        Partner, partner = Item._fields['partner_id'].join(Item, item, query)
        due = Item._field_to_sql(item, 'date_maturity', query)
        customer = Partner._field_to_sql(partner, 'commercial_partner_id', query)
        query.groupby = SQL("%s", customer)
        return {
            customer_id: (float(days), count)
            for customer_id, days, count in self.env.execute_query(
                query.select(customer, SQL("AVG(%s - %s)", paid, due), SQL("COUNT(*)")))
        }

    def _get_receivables_section(self, owed, delay):
        """:param owed: a value of :meth:`_get_receivables`
        :param delay: a value of :meth:`_get_payment_delays`, None without payments
        :return: section: what is open and overdue, since when, and how the customer pays"""
        self.ensure_one()
        write, currency = self._get_fact_writer(), self.company_id.currency_id
        days = (self._get_lifecycle_today() - owed['oldest']).days if owed['oldest'] else 0
        rows = [
            make_row('open', self.env._("Open receivables"), write.amount(owed['open'], currency=currency)),
            make_row(
                'overdue', self.env._("Overdue amount"),
                write.amount(owed['overdue'], judge_overdue(owed['overdue'], days), currency=currency),
                self.env._("Items: %(count)s.", count=owed['count']) if owed['count'] else None),
        ]
        if owed['oldest']:
            rows.append(make_row(
                'oldest', self.env._("Oldest due since"), write.date(owed['oldest']),
                self.env._("%(days)s d overdue.", days=days)))
        if delay:
            average, count = delay
            rows.append(make_row(
                'delay', self.env._("Average payment time"),
                write.text(self._describe_delay(average), 'ok' if average < 1 else 'warn'),
                self.env._("Payments of the last year: %(count)s.", count=count)))
        return make_section('receivables', self.env._("Receivables"), rows)

    def _describe_delay(self, days):
        """:return: translated text for an average number of days after the due date"""
        days = round(days)
        if days > 0:
            return self.env._("%(days)s d late", days=days)
        if days < 0:
            return self.env._("%(days)s d early", days=-days)
        return self.env._("on the due date")
