from collections import defaultdict

from odoo import api, models
from odoo.fields import Command, Domain
from odoo.tools import float_round

from .order_payload import ADDRESS_KEYS, Problem


class Contact:
    """A partner that exists, or one to be created together with the orders; shared by submissions."""

    def __init__(self, address, partner=None, parent=None, candidates=()):
        self.address = address
        self.partner = partner
        self.parent = parent
        self.candidates = candidates  # res.partner that the sender may be; a person chooses

    @property
    def is_certain(self):
        return not (self.parent or self).candidates


class OrderSubmission(models.AbstractModel):
    """What the payloads of orders name: products, people, customers, addresses, currencies."""
    _inherit = 'order.submission'

    # -- what the orders name -------------------------------------------------------------------

    def _resolve(self, channel, submissions):
        """Find the records that orders name, each model at once; what is unknown becomes a problem."""
        if not submissions:
            return
        self._resolve_products(submissions)
        self._resolve_payment_terms(submissions)
        self._resolve_salespeople(channel, submissions)
        self._resolve_countries(submissions)
        self._resolve_customers(submissions)
        self._resolve_currencies(submissions)

    def _resolve_products(self, submissions):
        skus = {line['sku'] for submission in submissions for line in submission.order['lines']}
        Product = self.env['product.product']
        # By reference, and still read together.
        products = Product.search([
            ('default_code', 'in', list(skus)), ('sale_ok', '=', True), ('type', '!=', 'combo'),
            *self._get_company_domain(),
        ]).grouped('default_code')
        digits = self.env['decimal.precision'].precision_get('Product Unit')
        for submission in submissions:
            commands = []
            for index, line in enumerate(submission.order['lines']):
                found = self._prefer_own(products.get(line['sku'], Product))
                if len(found) != 1:
                    submission.problems.append(Problem('unknown_product', f'lines[{index}].sku', self.env._(
                        "Several products have the internal reference “%(sku)s”: assign a unique one to each.",
                        sku=line['sku'],
                    ) if found else self.env._(
                        "No product that can be sold has the internal reference “%(sku)s”: create it, or correct "
                        "the SKU.", sku=line['sku'])))
                if not float_round(line['quantity'], precision_digits=digits):
                    submission.problems.append(Problem('invalid_value', f'lines[{index}].quantity', self.env._(
                        "“%(field)s” is smaller than the smallest quantity that can be ordered.",
                        field=f'lines[{index}].quantity')))
                commands.append(Command.create(self._prepare_line_vals(line, found[:1])))
            submission.values['order_line'] = commands

    def _prepare_line_vals(self, line, product):
        """Values of an order line; override to add to them.

        :param line: a line of a read order
        :param product: ``product.product``
        """
        vals = {'product_id': product.id, 'product_uom_qty': line['quantity']}
        if line['name']:
            vals['name'] = line['name']
        if line['unit_price'] is not None:
            # A price that is sent is the price: no pricelist takes a discount off it.
            vals.update(price_unit=line['unit_price'], discount=0.0)
        if line['discount'] is not None:
            vals['discount'] = line['discount']
        return vals

    def _resolve_payment_terms(self, submissions):
        if not any(submission.order['payment_term'] for submission in submissions):
            return
        terms = self.env['account.payment.term'].search(self._get_company_domain())
        by_name = defaultdict(terms.browse)
        # The source language has names even where nobody uses it.
        for lang in {'en_US', *dict(self.env['res.lang'].get_installed())}:
            for term in terms.with_context(lang=lang):
                by_name[term.name.strip().casefold()] |= term.with_env(self.env)
        for submission in submissions:
            if name := submission.order['payment_term']:
                term = self._prefer_own(by_name[name.casefold()])[:1]
                submission.values['payment_term_id'] = term.id
                if not term:
                    submission.problems.append(Problem('unknown_payment_term', 'payment_term', self.env._(
                        "There is no payment term named “%(name)s”: create it, or correct the name.", name=name)))

    def _resolve_salespeople(self, channel, submissions):
        logins = {submission.order['salesperson'] for submission in submissions} - {None}
        if not logins:
            return
        domain = Domain('login', 'in', list(logins)) & Domain([
            ('share', '=', False), ('company_ids', 'in', self.env.company.ids),
            ('all_group_ids', 'in', self.env.ref('sales_team.group_sale_salesman').ids),
        ])
        is_machine = self.sudo(False).env['sale.order']._is_intake_machine()
        if is_machine:
            # A machine gives orders to those who work for its channel, and does not find out who else there is.
            domain &= Domain('id', 'in', channel._get_salespeople().ids)
        users = {user.login: user for user in self.env['res.users'].search(domain)}
        for submission in submissions:
            if login := submission.order['salesperson']:
                submission.values['user_id'] = users[login].id if login in users else False
                if login not in users:
                    submission.problems.append(Problem('unknown_salesperson', 'salesperson', self.env._(
                        "“%(login)s” is not the login of a salesperson of %(channel)s: correct or remove it, or add "
                        "the salesperson to the team of the channel.", login=login, channel=channel.name,
                    ) if is_machine else self.env._(
                        "“%(login)s” is not the login of a salesperson of %(company)s: correct or remove it.",
                        login=login, company=self.env.company.name)))

    def _resolve_countries(self, submissions):
        addresses = [
            (submission, key, submission.order[key]) for submission in submissions
            for key in ('customer', 'delivery_address') if submission.order[key] and submission.order[key]['country']
        ]
        if not addresses:
            return
        countries = {country.code: country.id for country in self.env['res.country'].search([
            ('code', 'in', list({address['country'] for _submission, _key, address in addresses}))])}
        for submission, key, address in addresses:
            address['country_id'] = countries.get(address['country'], False)
            if not address['country_id']:
                submission.problems.append(Problem('unknown_country', f'{key}.country', self.env._(
                    "There is no country with the code “%(code)s”: send an ISO 3166 code, such as DE.",
                    code=address['country'])))

    def _resolve_customers(self, submissions):
        """Find customers and delivery addresses; those that are new are created with the orders.

        A sender that may be several customers gets a separate contact, archived, until a person has chosen; the next
        orders are given the same one.
        """
        customers = [submission.order['customer'] for submission in submissions]
        matches = self.env['order.channel']._match_customers(customers)
        waiting = self._find_waiting_senders([
            customer for customer, match in zip(customers, matches) if match.candidates])
        index = defaultdict(list)
        for submission, match in zip(submissions, matches):
            customer, partner = submission.order['customer'], match.partner
            if partner:
                keys = [('partner', partner)]
            elif match.candidates:
                sender = self._get_sender_key(customer)
                keys, partner = [('doubtful', sender)], waiting.get(sender)
            else:
                keys = self._get_customer_keys(customer)
            contact = self._find_contact(index, keys, customer) or Contact(
                customer, partner=partner or None, candidates=match.candidates)
            for key in keys:
                index[key].append(contact)
            submission.customer = contact
        self._resolve_deliveries(submissions)

    def _find_contact(self, index, keys, customer):
        """:return: the first :class:`Contact` of the call that shares one of the keys with a customer, or None"""
        Channel = self.env['order.channel']
        for key in keys:
            for contact in index.get(key, ()):
                # An end of a phone number only finds who may be meant.
                if key[0] != 'phone_end' or Channel._traits_agree(
                        Channel._get_customer_traits(customer), Channel._get_customer_traits(contact.address), 'phone'):
                    return contact
        return None

    def _find_waiting_senders(self, customers):
        """Find the contacts of senders that wait for a person's choice already.

        :param customers: list of read addresses
        :return: dict key of a sender → ``res.partner``
        """
        if not customers:
            return {}
        keys = {self._get_sender_key(customer) for customer in customers}
        orders = self.env['sale.order'].search([
            ('company_id', '=', self.env.company.id), ('customer_to_check', '=', True),
            ('state', 'in', ('draft', 'sent')),
            ('partner_id', 'in', self.env['res.partner']._find_ids_by_writing(
                names={customer['name'] for customer in customers}, archived=True)),
        ], order='id')
        waiting = {}
        for order in orders:
            key = self._get_sender_key({
                **{name: order.partner_id[name] for name in ADDRESS_KEYS if name != 'country'},
                'country_id': order.partner_id.country_id.id})
            if key in keys:
                waiting.setdefault(key, order.partner_id)
        return waiting

    @api.model
    def _get_sender_key(self, address):
        """:return: what makes two doubtful senders one: all that they say of themselves"""
        return (*self._get_address_key(address), self._normalize(address['vat']))

    def _resolve_deliveries(self, submissions):
        delivered = [submission for submission in submissions if submission.order['delivery_address']]
        if not delivered:
            return
        parents = self.env['res.partner'].browse(
            {submission.customer.partner.id for submission in delivered if submission.customer.partner})
        children = self.env['res.partner'].search(
            [('parent_id', 'in', parents.ids), *self._get_company_domain()], order='id')
        index = {}
        for child in children:
            index.setdefault((child.parent_id, self._get_address_key_of(child)), Contact(None, partner=child))
        for submission in delivered:
            customer, address = submission.customer, submission.order['delivery_address']
            key = self._get_address_key(address)
            own = self._get_address_key_of(customer.partner) if customer.partner else self._get_address_key(
                customer.address)
            if key == own:
                submission.delivery = customer
                continue
            submission.delivery = index.setdefault(
                (customer.partner or customer, key), Contact(address, parent=customer))

    @api.model
    def _get_customer_keys(self, customer):
        """What two new customers of one call have in common if they are one, the strongest first."""
        traits = self.env['order.channel']._get_customer_traits(customer)
        return [(what, traits[what]) for what in ('ref', 'vat') if what in traits] + [
            (what, traits[what], traits.get('name')) for what in ('email', 'phone_end', 'address') if what in traits]

    @api.model
    def _normalize(self, text):
        return (text or '').strip().casefold()

    @api.model
    def _get_address_key(self, address):
        """:return: what makes two addresses equal; a delivery address has the customer's tax id anyway"""
        return tuple(
            address.get('country_id') or False if name == 'country' else self._normalize(address[name])
            for name in ADDRESS_KEYS if name != 'vat'
        )

    @api.model
    def _get_address_key_of(self, partner):
        return self._get_address_key({
            **{name: partner[name] for name in ADDRESS_KEYS if name != 'country'},
            'country_id': partner.country_id.id,
        })

    def _resolve_currencies(self, submissions):
        """Choose a pricelist in the currency that an order names; a currency by itself is not kept."""
        named = [
            submission for submission in submissions
            if submission.order['currency'] or self._get_sign(submission)]
        if not named:
            return
        company = self.env.company
        self.env['res.partner'].browse({
            submission.customer.partner.id for submission in named if submission.customer.partner
        }).mapped('property_product_pricelist')
        codes = {submission: self._get_currency_code(submission) for submission in named}
        pricelists = defaultdict(self.env['product.pricelist'].browse)
        for pricelist in self.env['product.pricelist'].search(
                [('currency_id.name', 'in', list(set(codes.values()))), *self._get_company_domain()]):
            pricelists[pricelist.currency_id.name] |= pricelist
        for submission, code in codes.items():
            own = self._get_own_pricelist(submission)
            if not code:
                submission.problems.append(Problem('unknown_currency', 'currency', self.env._(
                    "The amounts are written as “%(amount)s”, but the order would be in %(currency)s: add a column "
                    "with the code of the currency.", amount=self._get_sign(submission).sample,
                    currency=(own.currency_id or company.currency_id).name)))
            elif own.currency_id.name == code:
                submission.values['pricelist_id'] = own.id
            elif pricelists[code]:
                submission.values['pricelist_id'] = self._prefer_own(pricelists[code])[0].id
            elif company.currency_id.name == code:
                # Without a pricelist an order is in the company's currency.
                submission.values['pricelist_id'] = False
            else:
                submission.problems.append(Problem('unknown_currency', 'currency', self.env._(
                    "%(company)s has no pricelist in the currency “%(code)s”: create one, or correct the code.",
                    company=company.name, code=code)))

    @api.model
    def _get_sign(self, submission):
        """:return: :class:`order_file_orders.Sign` with which a file writes the amounts of an order, or None"""
        return getattr(submission.payload, 'sign', None)

    @api.model
    def _get_own_pricelist(self, submission):
        """:return: ``product.pricelist`` of a customer who is known"""
        return (submission.customer.partner or self.env['res.partner']).property_product_pricelist

    def _get_currency_code(self, submission):
        """:return: code of the currency that an order names; where it is written with a sign that several currencies
            have, the customer's or the company's own one of these, None if it is neither"""
        if submission.order['currency']:
            return submission.order['currency']
        own = self._get_own_pricelist(submission).currency_id, self.env.company.currency_id
        return next((currency.name for currency in own if currency.name in self._get_sign(submission).currencies), None)

    def _get_company_domain(self):
        """:return: domain of the records that the company uses, its own and shared ones"""
        return [('company_id', 'in', (False, self.env.company.id))]

    @api.model
    def _prefer_own(self, records):
        """:return: those of the records that are the company's own, else the shared ones"""
        return records.filtered('company_id') or records
