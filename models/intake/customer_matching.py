import re
from collections import defaultdict, namedtuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize

# The partner that a customer is, else the partners that he might be; both empty for a new customer.
CustomerMatch = namedtuple('CustomerMatch', ('partner', 'candidates'))

# Country codes and trunk prefixes are written in many ways, the end of a number in one.
PHONE_END = 8
PHONE_MINIMUM = 6


class OrderChannel(models.Model):
    """Which partner of the company a customer is, who is told by what a sender knows of him."""
    _inherit = 'order.channel'

    @api.model
    def _match_customers(self, values_list):
        """Find the partners of the environment's company that customers are, any number at once.

        A number (``ref``) or a tax id that one partner has decides. An e-mail address or a phone number decides
        together with the name. So does the name of a company that nothing contradicts, and a name with its
        address. Everything else that could be meant is a candidate: two partners with the same e-mail address, an
        address that belongs to another name, a name with another phone number. No partner is chosen then, for a
        person has to.

        :param values_list: list of dicts with any of ``ref``, ``name``, ``email``, ``phone``, ``vat``, ``street``,
            ``city``, ``zip``; None for what is not known
        :return: list of :class:`CustomerMatch`, in their order; reads as superuser
        """
        pool = self.sudo()._find_partners_like(values_list)
        return [
            CustomerMatch(*(partners.sudo(self.env.su) for partners in self._choose_partner(values, pool)))
            for values in values_list
        ]

    def _find_partners_like(self, values_list):
        """:return: dict (what, value) → ``res.partner`` of the company and shared ones, archived ones left out"""
        wanted = defaultdict(set)
        for values in values_list:
            for what, value in self._get_customer_traits(values).items():
                wanted[what].add(value)
            wanted['written_name'].add((values.get('name') or '').strip())
        domain = Domain.OR(
            Domain(field, 'in', list(wanted[what] - {''})) for what, field in (
                ('ref', 'ref'), ('email', 'email_normalized'), ('written_name', 'name'))
        ) | Domain('id', 'in', self._find_partner_ids(wanted['phone'], wanted['vat']))
        partners = self.env['res.partner'].with_context(active_test=True).search(
            domain & Domain('company_id', 'in', (False, self.env.company.id)), order='id')
        pool = defaultdict(self.env['res.partner'].browse)
        for partner in partners:
            for trait in self._get_partner_traits(partner).items():
                pool[trait] |= partner
        return pool

    def _find_partner_ids(self, phone_ends, vats):
        """:return: tuple of the ids of partners with a phone number that ends so or such a tax id, however written"""
        # No number ends in a text without digits, and no tax id is one without a letter or digit.
        phone_ends, vats = tuple(phone_ends) or ('-',), tuple(vats) or ('-',)
        self.env['res.partner'].flush_model(['active', 'company_id', 'phone', 'vat'])
        rows = self.env.execute_query(SQL(
            r"SELECT id FROM res_partner WHERE active AND (company_id IS NULL OR company_id = %s) AND ("
            r" (phone IS NOT NULL AND RIGHT(regexp_replace(phone, '\D', '', 'g'), 8) IN %s)"
            r" OR (vat IS NOT NULL AND UPPER(regexp_replace(vat, '[^[:alnum:]]', '', 'g')) IN %s))",
            self.env.company.id, phone_ends, vats))
        return tuple(row[0] for row in rows)

    def _choose_partner(self, values, pool):
        """:return: pair (partner, candidates), one of them or both empty"""
        none = self.env['res.partner'].browse()
        traits = self._get_customer_traits(values)
        for what in ('ref', 'vat'):
            if found := self._narrow(self._prefer(pool.get((what, traits.get(what)), none)), traits):
                return (found, none) if len(found) == 1 else (none, found)
        near = (pool.get(('email', traits.get('email')), none) | pool.get(('phone', traits.get('phone')), none))
        near = near.filtered(self._is_customer_contact)
        agreeing = near.filtered(
            lambda partner: self._names_agree(values.get('name'), partner.name)
            and not self._differs(traits, partner, 'vat'))
        agreeing = self._narrow(self._prefer(agreeing), traits)
        if len(agreeing) == 1:
            return agreeing, none
        named = pool.get(('name', traits.get('name')), none).filtered(
            lambda partner: self._is_customer_contact(partner) and not self._is_somebody_else(traits, partner))
        if not near:
            certain = self._prefer(named.filtered(
                lambda partner: self._is_certain_by_name(traits, partner)))
            if len(certain) == 1:
                return certain, none
        return none, near | named

    # -- what is compared -------------------------------------------------------------------------

    @api.model
    def _get_customer_traits(self, values):
        """:return: dict what → comparable value, of what is known of a customer"""
        name, street = self._normalize_trait(values.get('name')), self._normalize_trait(values.get('street'))
        place = self._normalize_trait(values.get('zip')) or self._normalize_trait(values.get('city'))
        traits = {
            'ref': (values.get('ref') or '').strip(),
            'vat': ''.join(char for char in values.get('vat') or '' if char.isalnum()).upper(),
            'email': email_normalize(values.get('email') or '') or self._normalize_trait(values.get('email')),
            'phone': self._get_phone_end(values.get('phone')),
            'name': name,
            'address': name and street and place and (name, street, place),
        }
        return {what: value for what, value in traits.items() if value}

    @api.model
    def _get_partner_traits(self, partner):
        return self._get_customer_traits({
            **{name: partner[name] for name in ('ref', 'vat', 'phone', 'name', 'street', 'zip', 'city')},
            'email': partner.email_normalized or partner.email,
        })

    @api.model
    def _normalize_trait(self, text):
        return ' '.join((text or '').split()).casefold()

    @api.model
    def _get_phone_end(self, phone):
        """:return: the digits that tell one phone number from another, '' where there are too few"""
        digits = re.sub(r'\D', '', phone or '')
        # PostgreSQL's \D knows the digits of ASCII only.
        return digits[-PHONE_END:] if len(digits) >= PHONE_MINIMUM and digits.isascii() else ''

    @api.model
    def _names_agree(self, one, other):
        """Whether two names can be those of one customer: equal, or one is a part of the other."""
        one, other = self._normalize_trait(one), self._normalize_trait(other)
        return bool(one and other) and (one in other or other in one)

    # -- what follows -----------------------------------------------------------------------------

    @api.model
    def _is_customer_contact(self, partner):
        """Whether a partner can be a customer, and is not only an address of one."""
        return partner.type in ('contact', False)

    @api.model
    def _prefer(self, partners):
        """:return: the company's own before shared ones, companies before their contacts"""
        if not partners:
            return partners
        ranks = {partner: (not partner.company_id, bool(partner.parent_id)) for partner in partners}
        best = min(ranks.values())
        return partners.filtered(lambda partner: ranks[partner] == best)

    def _narrow(self, partners, traits):
        """:return: of several partners those that share more with the customer"""
        for what in ('email', 'phone', 'name'):
            if len(partners) > 1 and traits.get(what):
                partners = partners.filtered(
                    lambda partner, what=what: self._get_partner_traits(partner).get(what) == traits[what]) or partners
        return partners

    def _differs(self, traits, partner, what):
        """Whether customer and partner both have it, and not the same."""
        own = self._get_partner_traits(partner)
        return what in traits and what in own and own[what] != traits[what]

    def _is_somebody_else(self, traits, partner):
        """Whether a partner with the name of the customer is certainly another one."""
        return (
            self._differs(traits, partner, 'ref') or self._differs(traits, partner, 'vat')
            or (self._differs(traits, partner, 'email') and self._differs(traits, partner, 'phone'))
        )

    def _is_certain_by_name(self, traits, partner):
        """Whether the name is enough: that of a company, or with the address, and nothing speaks against it."""
        return not any(self._differs(traits, partner, what) for what in ('email', 'phone')) and (
            partner.is_company or ('address' in traits and not self._differs(traits, partner, 'address')
                                   and 'address' in self._get_partner_traits(partner)))
