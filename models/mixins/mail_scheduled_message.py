from odoo import api, models


class MailScheduledMessage(models.Model):
    """What waits to be sent to a customer holds the link that speaks for the customer.

    Core shows it to everybody who reads the document, and to whoever knows its id.
    """
    _inherit = 'mail.scheduled.message'

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        query = super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)
        if self.env.su or bypass_access or self.env['mail.message']._keeps_portal_link('sale.order') is None:
            return query
        messages = self.browse(query)
        kept = messages._filter_kept_links()
        return (messages - kept)._as_query(order) if kept else query

    def _filter_kept_links(self):
        """:return: the messages of this set with the link of a customer that the person may not have"""
        kept = self.browse()
        holding = {}
        for message in self.sudo():
            documents = self.env['mail.message']._keeps_portal_link(message.model)
            body = message.body or ''
            if documents is not None and documents._hide_portal_secrets(body) != body:
                holding[message] = message.model
        for model in set(holding.values()):
            documents = self.env[model].browse(
                message.res_id for message, name in holding.items() if name == model)._filtered_access('read')
            allowed = {document.id for document in documents if document._may_use_portal_link()}
            kept |= self.browse(
                message.id for message, name in holding.items() if name == model and message.res_id not in allowed)
        return kept
