from odoo import models

from ..mixins.base import ADDON
from .mail_message import DOCUMENT_GOES


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    def unlink(self):
        # Its messages go with a document; otherwise nobody deletes what is noted on it.
        if self._original_module != ADDON:
            return super().unlink()
        return super(MailThread, self.with_context(messages_go_with_document=DOCUMENT_GOES)).unlink()
