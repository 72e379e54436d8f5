from markupsafe import Markup

from odoo import api, models

# The mark of this one change of what is kept. An object: nobody can send it.
HIDING = object()
HIDING_KEY = 'order_portal_secrets_hidden'


class MailMessage(models.Model):
    """The chatter keeps what was written to a customer, without the link that speaks for the customer; with that link
    nobody reaches what was not written to the customer."""
    _inherit = 'mail.message'

    @api.model
    def _get_with_access(self, message_id, mode="read", **kwargs):
        # Mail's routes ask whether the document is open to whoever has its link, and not of the message.
        message = super()._get_with_access(message_id, mode=mode, **kwargs)
        return self.browse() if message.sudo()._is_kept_from_person() else message

    def _is_kept_from_person(self):
        """:return: bool, whether this message is a note of the company on a document of a customer, and the person is
            none of the company"""
        model = self.env.get(self.model) if self.model and self.res_id else None
        return (
            isinstance(model, self.env.registry['order.portal.mixin'])
            and model.browse(self.res_id).exists()._is_kept_from_person()
            and not self.filtered_domain(self._get_search_domain_share()))

    @api.model
    def _keeps_portal_link(self, model_name):
        """:return: the documents of a model as superuser where their links are kept from people, else None"""
        model = self.env.get(model_name) if model_name else None
        if isinstance(model, self.env.registry['order.portal.mixin']) and model._is_portal_link_kept():
            return model.sudo()
        return None

    def _remove_portal_secrets(self):
        """Take the links of customers out of messages that have been sent, as superuser."""
        for message in self:
            if 'token=' not in (body := message.body or '') and 'hash=' not in body:
                continue
            if (documents := self._keeps_portal_link(message.model)) is not None:
                hidden = documents._hide_portal_secrets(body)
                if hidden != body:
                    message.with_context(**{HIDING_KEY: HIDING}).body = Markup(hidden)
