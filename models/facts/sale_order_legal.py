from odoo import fields, models
from odoo.tools import is_html_empty
from odoo.tools.mail import html2plaintext

from .review_facts import make_row, make_section, make_table

# A check of a customer against lists of sanctions is not good for ever.
_EXPORT_CHECK_DAYS = 365


class SaleOrder(models.Model):
    """What legal judges (article R3): the contract, the terms and where the goods go."""
    _inherit = 'sale.order'

    def _get_review_facts_legal(self):
        documents = self._get_contract_documents()
        checks = self.env['order.export.check']._get_last_checks(self.partner_id.commercial_partner_id)
        return {
            order.id: [
                order._get_contract_section(documents.get(order.id, self.env['ir.attachment'])),
                order._get_contract_terms_section(),
                order._get_parties_section(checks.get(order.partner_id.commercial_partner_id)),
            ] for order in self
        }

    # -- contract -------------------------------------------------------------------------------

    def _get_contract_documents(self):
        """The documents that are attached to these orders. Who reads an order may open them.

        :return: dict order id → ``ir.attachment``, newest first
        """
        documents = self.env['ir.attachment'].search(
            [('res_model', '=', self._name), ('res_id', 'in', self.ids), ('res_field', '=', False)], order='id desc')
        return documents.grouped('res_id')

    def _get_contract_section(self, documents):
        """:param documents: ``ir.attachment`` of this order
        :return: section: what is attached, and whether the customer has signed"""
        self.ensure_one()
        write = self._get_fact_writer()
        rows = [
            make_row('documents', self.env._("Documents attached"), write.number(
                len(documents), 'ok' if documents else 'warn'),
                None if documents else self.env._("Attach the contract to the order.")),
            make_row('signed', self.env._("Signed online"), write.text(
                self.signed_by, 'ok' if self.signed_by else None)),
            make_row('signed_on', self.env._("Signed on"), write.date(self._to_lifecycle_date(self.signed_on)))
            if self.signed_on else None,
        ]
        return make_section('contract', self.env._("Contract Documents"), rows, make_table(
            {'name': self.env._("File"), 'person': self.env._("Attached by"), 'date': self.env._("Attached on")},
            [[
                write.link(document.name, f'/web/content/{document.id}'), write.text(document.create_uid.name),
                write.date(self._to_lifecycle_date(document.create_date)),
            ] for document in documents]) if documents else None)

    # -- terms ----------------------------------------------------------------------------------

    def _get_contract_terms_section(self):
        """:return: section: whose reference and terms the order follows"""
        self.ensure_one()
        write, (state, level) = self._get_fact_writer(), self._get_terms_state()
        return make_section('contract_terms', self.env._("Terms"), [
            make_row('reference', self.env._("Customer order number"), write.text(self.client_order_ref)),
            make_row('note', self.env._("Terms and conditions"), write.text(state, level)),
            make_row('text', self.env._("Text"), write.text(html2plaintext(self.note).strip()))
            if level == 'warn' else None,
            make_row('payment_term', self.env._("Payment terms"), write.text(self.payment_term_id.display_name)),
        ])

    def _get_terms_state(self):
        """:return: pair of translated text and level: whether the terms of the order are those of the company"""
        self.ensure_one()
        if is_html_empty(self.note):
            return self.env._("None on the order"), None
        own = [
            html2plaintext(company.invoice_terms).strip()
            for company in [self.company_id.with_context(lang=self.partner_id.lang or self.env.lang), self.company_id]
            if not is_html_empty(company.invoice_terms)]
        text = html2plaintext(self.note).strip()
        if text in own or self.company_id.terms_type == 'html' and f'{self._get_note_url()}/terms' in self.note:
            return self.env._("Those of the company"), 'ok'
        return self.env._("Different from those of the company"), 'warn'

    # -- parties --------------------------------------------------------------------------------

    def _get_parties_section(self, check):
        """:param check: the last ``order.export.check`` of the customer, None without one
        :return: section: customer, countries and the check of exports and sanctions"""
        self.ensure_one()
        write, customer = self._get_fact_writer(), self.partner_id.commercial_partner_id
        home, country = self.company_id.country_id, self.partner_shipping_id.country_id
        abroad = bool(home and (country and country != home or customer.country_id and customer.country_id != home))
        rows = [
            make_row('customer', self.env._("Customer"), write.text(customer.name), None if customer.is_company else (
                self.env._("A private individual."))),
            make_row('vat', self.env._("Tax ID"), write.text(customer.vat)),
            make_row('customer_country', self.env._("Country of the customer"), write.text(customer.country_id.name)),
            make_row(
                'delivery_country', self.env._("Country of delivery"),
                write.text(country.name, None if country else 'warn'),
                self.env._("This is an export.") if abroad else None),
            make_row('incoterm', self.env._("Incoterm"), write.text(self.incoterm.code)) if self.incoterm else None,
            self._get_export_check_row(check, abroad),
            make_row('export_note', self.env._("Remark of the check"), write.text(check.note))
            if check and check.note else None,
        ]
        return make_section('parties', self.env._("Parties and Countries"), rows)

    def _get_export_check_row(self, check, abroad):
        """:return: row of the last check of the customer, and whether it is good enough"""
        write = self._get_fact_writer()
        label = self.env._("Export and sanctions check")
        if not check:
            return make_row(
                'export_check', label, write.text(self.env._("None on record"), 'warn' if abroad else None),
                self.env._("Record a check with the button above.") if abroad else None)
        level = {'clear': 'ok', 'conditions': 'warn', 'refused': 'bad'}[check.result]
        note = self.env._("%(person)s, %(date)s", person=check.checked_by_id.name, date=write.date(
            self._to_lifecycle_date(check.checked_at))['text'])
        if (fields.Datetime.now() - check.checked_at).days > _EXPORT_CHECK_DAYS:
            level = 'bad' if level == 'bad' else 'warn'
            note = self.env._("%(note)s, more than a year ago", note=note)
        return make_row('export_check', label, write.text(dict(
            check._fields['result']._description_selection(self.env))[check.result], level), note)
