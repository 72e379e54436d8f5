from odoo import api, models
from odoo.exceptions import AccessError


class IrAttachment(models.Model):
    _inherit = 'ir.attachment'

    def _check_access(self, operation):
        """The file of a guarded field is as guarded as the field.

        Core lets whoever may write a record write the attachments behind its fields.
        """
        result = super()._check_access(operation)
        if self.env.su or operation == 'read' or not self:
            return result
        forbidden = self.sudo().filtered(lambda attachment: attachment._is_of_guarded_field()).sudo(False)
        if not forbidden:
            return result
        return (forbidden | result[0] if result else forbidden), lambda: AccessError(self.env._(
            "This file belongs to its record and cannot be changed separately."))

    def write(self, vals):
        result = super().write(vals)
        if not self.env.su and vals.keys() & {'res_model', 'res_id', 'res_field'}:
            # Core asks for the rights on what the file was before.
            self.check_access('write')
        return result

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not (bypass_access or self.env.su):
            # Core asks all of it as superuser, and for the rights to what is found.
            domain = self._settle_domain(domain)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _is_of_guarded_field(self):
        """Whether the attachment holds what only actions of the addon write."""
        self.ensure_one()
        model = self.env.get(self.res_model) if self.res_field else None
        return hasattr(model, '_get_guarded_fields') and self.res_field in model._get_guarded_fields()
