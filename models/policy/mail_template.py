from odoo import models

from ..mixins.mark import is_system


class MailTemplate(models.Model):
    """Whoever sends a template may word the mail; on an order under policy and on documents of this addon it does not
    speak for others, and it rewrites nothing that was said there."""
    _inherit = 'mail.template'

    def send_mail_batch(self, res_ids, force_send=False, raise_exception=False, email_values=None, **kwargs):
        if email_values and not is_system(self):
            email_values = self._without_voice_of_others(res_ids, email_values)
        return super().send_mail_batch(
            res_ids, force_send=force_send, raise_exception=raise_exception, email_values=email_values, **kwargs)

    def _without_voice_of_others(self, res_ids, values):
        """:return: dict: the values without those that would say when, where, as what and by whom it is said"""
        Message = self.env['mail.message']
        ids = [*res_ids, values['res_id']] if values.get('res_id') else res_ids
        if not Message._is_document_on_record(values.get('model') or self.model, ids) and not (
                Message._is_document_on_record(self.model, res_ids) or values.get('mail_message_id')):
            return values
        kept = Message._get_content_fields() - Message._get_own_content_fields() | {
            'headers', 'is_notification', 'mail_message_id', 'mail_message_id_int', 'message_id', 'parent_id',
            'references', 'reply_to'}
        return {name: value for name, value in values.items() if name not in kept}
