from odoo import api, models
from odoo.fields import Domain

from .base import ADDON
from .mark import is_system

# With these in the context, which a client may send, Odoo keeps no record of what changes …
SILENCING = ('mail_notrack', 'tracking_disable')
# … and tells nobody of it.
QUIETING = ('mail_activity_automation_skip', 'mail_activity_quick_update', 'mail_auto_subscribe_no_notify')


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    # -- record of changes ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super(MailThread, self._keep_tracking()).create(vals_list).with_env(self.env)

    def write(self, vals):
        return super(MailThread, self._keep_tracking()).write(vals)

    def _keep_tracking(self):
        """:return: these records; those of this addon without what would silence the record of a person's changes"""
        return self if self._original_module != ADDON or is_system(self) else self._without_silence()

    def _without_silence(self):
        """:return: these records without the flags that keep what happens from the record, and from people"""
        keys = (*SILENCING, *QUIETING)
        if not any(self.env.context.get(key) for key in keys):
            return self
        return self.with_context(**dict.fromkeys(keys, False))

    # -- what may be asked ----------------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su and not self._is_person_inside():
            domain = self._settle_bypassed(domain)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _is_person_inside(self):
        """:return: bool, whether the person is one of the company"""
        return self.env.user._is_internal()

    @api.model
    def _settle_bypassed(self, domain):
        """Core asks the messages of a document, and some other rows, without their rights: of whoever reads the
        document it thinks that all of them may be read. Customers do not read the notes, for example.

        :return: the domain, where it asks for nothing any more that the person may not read
        """
        def settle(condition):
            field = self._fields.get(condition.field_expr)
            if not field or not field.relational or not field.bypass_search_access:
                return condition
            return Domain(field.name, condition.operator, self._settle_operand(
                field.name, condition.operator, condition.value))
        return Domain(domain).optimize(self).map_conditions(settle)

    @api.model
    def _search_message_partner_ids(self, operator, operand):
        return super()._search_message_partner_ids(operator, self._settle_operand(
            'message_partner_ids', operator, operand, active_test=False))
