from odoo import api, models
from odoo.fields import Domain

# What says nothing about anybody: lists that every Odoo has.
_REFERENCE_MODELS = {
    'res.country', 'res.country.group', 'res.country.state', 'res.currency', 'res.lang', 'uom.uom', 'ir.ui.menu',
}
# What the person behind a machine needs for its key and password; each row belongs to whoever has made it.
_OWN_MODELS = {
    'auth.passkey.key', 'auth.passkey.key.create', 'auth_totp.wizard', 'change.password.own', 'ir.attachment',
    'res.users.apikeys.description', 'res.users.identitycheck',
}
# The same, where the row has its user.
_USER_MODELS = {'auth_totp.device', 'res.device', 'res.device.log', 'res.users.apikeys', 'res.users.settings'}
# Here rules of their own say which rows are the machine's.
_INTAKE_MODELS = {'sale.order', 'sale.order.line', 'order.channel.refusal'}


class IrRule(models.Model):
    """A machine is an internal user, because others cannot hold keys, and has rows of its own only.

    What every employee reads (contacts, colleagues, products, channels …) is none of a shop's business. One place
    for all models, so that nothing which another addon opens to employees is opened to machines.
    """
    _inherit = 'ir.rule'

    @api.model
    def _compute_domain(self, model_name, mode='read'):
        domain = super()._compute_domain(model_name, mode)
        if self.env.su or not self.env['sale.order']._is_intake_machine():
            return domain
        return (domain & self._get_intake_machine_domain(model_name)).optimize(self.env[model_name])

    @api.model
    def _get_intake_machine_domain(self, model_name):
        """Which rows of a model a machine works with, beside what other rules say; override to add to them.

        :return: Domain; no rows of a model that is not known here
        """
        user = self.env.user
        if model_name in _REFERENCE_MODELS or model_name in _INTAKE_MODELS:
            return Domain.TRUE
        if model_name in _OWN_MODELS:
            return Domain('create_uid', '=', user.id)
        if model_name in _USER_MODELS:
            return Domain('user_id', '=', user.id)
        companies = self.env['res.company'].sudo().browse(user._get_company_ids())
        if model_name == 'res.company':
            return Domain('id', 'in', companies.ids)
        if model_name == 'res.users':
            return Domain('id', '=', user.id)
        if model_name == 'res.partner':
            return Domain('id', 'in', (companies.partner_id | user.sudo().partner_id).ids)
        return Domain.FALSE
