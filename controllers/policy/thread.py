from odoo.http import request

from odoo.addons.mail.controllers.thread import ThreadController


class OrderThread(ThreadController):

    def _prepare_message_data(self, post_data, *, thread, **kwargs):
        data = super()._prepare_message_data(post_data, thread=thread, **kwargs)
        if kwargs.get('from_create') and (
                isinstance(thread, request.env.registry['order.portal.mixin']) and thread._is_kept_from_person()):
            # Mail writes as superuser what is sent, also notes that read as those of the company.
            data.update(message_type='comment', subtype_xmlid='mail.mt_comment')
        return data
