from functools import reduce

from odoo import api, models

# Behind the name of a field with records: what they say.
CONTENT = '.content'


class SaleOrder(models.Model):
    """An approval of thirty days, of crates of six, of a customer in Lisbon is one of what these records say.

    Terms, units, taxes, products and contacts are kept elsewhere, by people who need no approval for it. What they say
    of an order is watched with the fields that name them: otherwise an approved order would be another one without a
    change.
    """
    _inherit = 'sale.order'

    @api.model
    def _get_content_methods(self):
        """Of which records the content is watched; override for other models that an agreement rests on.

        :return: dict name of a model → method that takes its records, as superuser, and returns a text which does not
            depend on the language
        """
        return {
            'account.incoterms': self._get_incoterm_content,
            'account.payment.term': self._get_payment_term_content,
            'account.tax': self._get_tax_content,
            'product.document': self._get_file_content,
            'product.product': self._get_product_content,
            'quotation.document': self._get_file_content,
            'res.partner': self._get_partner_content,
            'uom.uom': self._get_unit_content,
        }

    @api.model
    def _get_content_names(self, records, names):
        """:param records: of the model that the names are of
        :param names: names of watched fields
        :return: list of the names under which the content of these fields is watched
        """
        methods = self._get_content_methods()
        return [name + CONTENT for name in names if records._fields[name].comodel_name in methods]

    @api.model
    def _get_contents(self, record, names, known):
        """:param names: list of names as :meth:`_get_content_names` gives them
        :param known: dict records → text, of what has been read before; what is read is added
        :return: dict name → text of what the records of this field say, False where there are none
        """
        methods, contents = self._get_content_methods(), {}
        for name in names:
            records = record[name.removesuffix(CONTENT)].sudo()
            if records not in known:
                known[records] = bool(records) and methods[records._name](records)
            contents[name] = known[records]
        return contents

    # -- in words -------------------------------------------------------------------------------

    @api.model
    def _get_content_selections(self):
        """:return: dict name of a model → list of pairs of model and selection field whose keys stand in its content"""
        return {
            'account.payment.term': [
                ('account.payment.term.line', 'delay_type'), ('account.payment.term.line', 'value')],
            'account.tax': [('account.tax', 'amount_type')],
            'product.product': [('product.product', 'type')],
        }

    @api.model
    def _describe_contents(self, model, before, after):
        """:param before: content of records of this model, as :meth:`_get_contents` gives it
        :return: tuple of both contents as a person reads them
        """
        if model in ('product.document', 'quotation.document'):
            return self.env._("earlier version"), self.env._("current version")
        labels = {}
        for owner, name in self._get_content_selections().get(model, ()):
            labels.update(self.env[owner]._fields[name]._description_selection(self.env))
        # A key may be a part of another one.
        return tuple(reduce(
            lambda text, key: text.replace(key, labels[key]), sorted(labels, key=len, reverse=True), content or "—",
        ) for content in (before, after))

    # -- what is said ---------------------------------------------------------------------------

    @api.model
    def _get_file_content(self, documents):
        return " ".join((document.checksum or '')[:12] for document in documents.sorted('id'))

    @api.model
    def _get_incoterm_content(self, incoterm):
        return incoterm.code

    @api.model
    def _get_partner_content(self, partner):
        return partner._get_identity().content

    @api.model
    def _get_payment_term_content(self, term):
        parts = [
            f"{line.value_amount:.10g} {'%' if line.value == 'percent' else line.value} / {line.nb_days} "
            f"{line.delay_type} {line.days_next_month if line.delay_type == 'days_end_of_month_on_the' else ''}".strip()
            for line in term.line_ids]
        return "; ".join(filter(None, [*parts, self._get_cash_discount_content(term)]))

    @api.model
    def _get_cash_discount_content(self, term):
        return f"-{term.discount_percentage:.10g} % / {term.discount_days}" if term.early_discount else ""

    def _is_cash_discount_agreed(self):
        """:return: whether all departments that have approved the payment terms of this order have seen the cash
            discount that these grant now; asked as superuser"""
        self.ensure_one()
        name, discount = 'payment_term_id' + CONTENT, self._get_cash_discount_content(self.payment_term_id)
        contents = (
            ((review.watched_values or {}).get('order') or {}).get(name) for review in self.review_ids
            if review.state == 'approved' and not review.voided_at)
        return all(discount in content.split("; ") for content in contents if content)

    @api.model
    def _get_product_content(self, product):
        # Goods are delivered by a transfer, services by a word. What the product is called says the line itself.
        return product.type

    @api.model
    def _get_tax_content(self, taxes):
        parts = []
        for tax in taxes.sorted('id').flatten_taxes_hierarchy():
            unit = '%' if tax.amount_type in ('percent', 'division') else tax.amount_type
            parts.append(f"{tax.amount:.10g} {unit}{' incl.' if tax.price_include else ''}")
        return " + ".join(parts)

    @api.model
    def _get_unit_content(self, unit):
        return f"{unit.factor:.10g}"
