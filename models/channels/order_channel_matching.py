import unicodedata
from collections import defaultdict, namedtuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from . import phone_number

# The partner of a customer, else the possible partners; both empty for a new customer.
CustomerMatch = namedtuple('CustomerMatch', ('partner', 'candidates'))


class OrderChannel(models.Model):
    """Which partner of the company a customer is, by what the sender gives of it."""
    _inherit = 'order.channel'

    @api.model
    def _match_customers(self, values_list):
        """Find the partners of the environment's company that customers are, any number at once.

        A number (``ref``) or a tax id that one partner has decides. An e-mail address or a phone number decides
        together with the name. So does the name of a company that nothing contradicts, and a name with its
        address. Everything else that could be meant is a candidate: two partners with the same e-mail address, an
        address that belongs to another name, a name with another phone number. No partner is chosen then, for a
        person has to. Somebody with an own ``ref``, another name and another country is no candidate's double.

        :param values_list: list of dicts with any of ``ref``, ``name``, ``email``, ``phone``, ``vat``, ``street``,
            ``city``, ``zip``, ``country`` (its ISO code); None for what is not known
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
        domain = Domain('ref', 'in', list(wanted['ref'])) | Domain('email_normalized', 'in', list(wanted['email']))
        if ids := self.env['res.partner']._find_ids_by_writing(
                names=wanted['name'], phone_ends=wanted['phone_end'], vats=wanted['vat']):
            domain |= Domain('id', 'in', ids)
        partners = self.env['res.partner'].with_context(active_test=True).search(
            domain & Domain('company_id', 'in', (False, self.env.company.id)), order='id')
        pool = defaultdict(self.env['res.partner'].browse)
        for partner in partners:
            for trait in self._get_partner_traits(partner).items():
                pool[trait] |= partner
        return pool

    def _choose_partner(self, values, pool):
        """:return: pair (partner, candidates), one of them or both empty"""
        none = self.env['res.partner'].browse()
        traits = self._get_customer_traits(values)
        for what in ('ref', 'vat'):
            if found := self._narrow(self._prefer(pool.get((what, traits.get(what)), none)), traits):
                return (found, none) if len(found) == 1 else (none, found)
        called = pool.get(('phone_end', traits.get('phone_end')), none).filtered(
            lambda partner: self._shares(traits, partner, 'phone'))
        near = (pool.get(('email', traits.get('email')), none) | called).filtered(
            lambda partner: self._is_customer_contact(partner) and not self._is_different_customer(traits, partner))
        agreeing = near.filtered(
            lambda partner: self._names_agree(values.get('name'), partner.name)
            and not self._differs(traits, partner, 'vat'))
        agreeing = self._narrow(self._prefer(agreeing), traits)
        if len(agreeing) == 1:
            return agreeing, none
        named = pool.get(('name', traits.get('name')), none).filtered(
            lambda partner: self._is_customer_contact(partner) and not self._is_different_contact(traits, partner))
        if not near:
            certain = self._prefer(named.filtered(
                lambda partner: self._is_certain_by_name(traits, partner)))
            if len(certain) == 1:
                return certain, none
        return none, near | named

    # -- what is compared -------------------------------------------------------------------------

    @api.model
    def _get_customer_traits(self, values):
        """:return: dict what → comparable value, of what is known of a customer; phone numbers compare with the
            country, and by :meth:`_shares`"""
        name, street = self._normalize_trait(values.get('name')), self._normalize_trait(values.get('street'))
        place = self._normalize_trait(values.get('zip')) or self._normalize_trait(values.get('city'))
        country, phone = (values.get('country') or '').upper(), values.get('phone') or ''
        traits = {
            'ref': (values.get('ref') or '').strip(),
            'vat': ''.join(char for char in values.get('vat') or '' if char.isalnum()).upper(),
            'email': email_normalize(values.get('email') or '') or self._normalize_trait(values.get('email')),
            'phone': phone if phone_number.get_digits(phone) else '',
            'phone_end': phone_number.get_end(phone, country),
            'country': country,
            'name': name,
            'address': name and street and place and (name, street, place),
        }
        return {what: value for what, value in traits.items() if value}

    @api.model
    def _get_partner_traits(self, partner):
        return self._get_customer_traits({
            **{name: partner[name] for name in ('ref', 'vat', 'phone', 'name', 'street', 'zip', 'city')},
            'email': partner.email_normalized or partner.email,
            'country': partner.country_id.code,
        })

    @api.model
    def _traits_agree(self, one, other, what):
        """Whether two dicts of traits both have it, and the same."""
        if what not in one or what not in other:
            return False
        if what == 'phone':
            return phone_number.is_same(one[what], one.get('country'), other[what], other.get('country'))
        return one[what] == other[what]

    @api.model
    def _normalize_trait(self, text):
        """:return: a text as it is compared; ``res.partner._find_ids_by_writing`` finds names so"""
        return ' '.join(unicodedata.normalize('NFKC', text or '').split()).casefold()

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
                    lambda partner, what=what: self._shares(traits, partner, what)) or partners
        return partners

    def _shares(self, traits, partner, what):
        """Whether customer and partner both have it, and the same."""
        return self._traits_agree(traits, self._get_partner_traits(partner), what)

    def _differs(self, traits, partner, what):
        """Whether customer and partner both have it, and not the same."""
        own = self._get_partner_traits(partner)
        return what in traits and what in own and not self._traits_agree(traits, own, what)

    def _is_different_customer(self, traits, partner):
        """Whether a shared e-mail address or phone number says nothing: the customer has a number that nobody has,
        another name and another country."""
        return (
            'ref' in traits and 'name' in traits and self._differs(traits, partner, 'country')
            and not self._names_agree(traits['name'], partner.name))

    def _is_different_contact(self, traits, partner):
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
