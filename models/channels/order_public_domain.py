import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderPublicDomain(models.Model):
    """A mail domain where people have addresses who have nothing to do with each other, such as that of a provider.

    Elsewhere, whoever writes from the domain of a customer is one of its people. The addon brings the large providers;
    a company adds those of its customers.
    """
    _name = 'order.public.domain'
    _description = "Public E-mail Domain"
    _order = 'name'
    _allow_sudo_commands = False

    name = fields.Char("Domain", required=True, help="What follows the @ of the addresses, for example gmail.com.")
    company_id = fields.Many2one(
        'res.company', index='btree_not_null', ondelete='cascade', help="Empty for all companies.")
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex(
        "(name, COALESCE(company_id, 0))", "This domain is already in the list: archive or restore that one.")

    @api.constrains('name')
    def _check_name(self):
        for domain in self:
            if not re.fullmatch(r'[^\s@.]{1,63}(?:\.[^\s@.]{1,63}){1,8}', domain.name or ''):
                raise ValidationError(self.env._(
                    "“%(domain)s” is no e-mail domain: enter what follows the @, for example gmail.com.",
                    domain=domain.name))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalize_vals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._normalize_vals(vals))

    @api.model
    def _normalize_vals(self, vals):
        """:return: the values with the domain as addresses are compared"""
        if isinstance(vals.get('name'), str):
            vals = {**vals, 'name': vals['name'].strip().rpartition('@')[2].strip('. ').lower()}
        return vals

    @api.model
    def _is_public(self, domain_name, company):
        """:return: whether people have addresses under a domain who have nothing to do with each other"""
        return bool(self.sudo().with_context(active_test=True).search_count([
            ('name', '=', domain_name), ('company_id', 'in', (False, company.id))], limit=1))
