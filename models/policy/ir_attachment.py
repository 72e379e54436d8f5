import base64

from odoo import api, models
from odoo.exceptions import AccessError

from ..mixins.mark import is_system


class IrAttachment(models.Model):
    """The files of what was said on record are a part of it: the order that a customer has sent, photos of a complaint.

    Core lets whoever may write a document replace and delete the files of all messages on it. Mail's own routes do so
    as superuser, so that is asked of the person, whatever ``env.su`` is.
    """
    _inherit = 'ir.attachment'

    def write(self, vals):
        if not vals.keys() <= self._get_unsaid_fields():
            self._check_filed()
            self._check_said(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_said(self):
        self._check_filed()
        self._check_said({})

    def _check_filed(self):
        """The files of an order, the contract that the customer has signed among them, belong to those who have
        attached them, and to sales staff. Core lets people of stock, manufacturing and invoicing write all orders.

        :raise AccessError: for others who would change, move or delete files of orders under policy
        """
        if is_system(self):
            return
        files = self.sudo().filtered(lambda file: (
            file.res_model == 'sale.order' and file.res_id and not file.res_field
            and file.create_uid.id != self.env.uid))
        if not files or self.env['sale.order']._is_lifecycle_sales():
            return
        if self.env['sale.order'].sudo().browse(files.mapped('res_id')).exists().policy_id:
            raise AccessError(self.env._(
                "Only sales staff and the person who has attached a file can change or delete it on an order. Attach "
                "another file instead."))

    @api.model
    def _get_unsaid_fields(self):
        """:return: set of the fields that say nothing of what a file holds; previews and portal write them"""
        return {'access_token', 'description', 'index_content', 'thumbnail'}

    def _check_said(self, vals):
        """:param vals: the values that would be written, empty for a deletion
        :raise AccessError: if one of these files belongs to what somebody else has said on record
        """
        if is_system(self):
            return
        Message = self.env['mail.message'].sudo()
        files = self.sudo().filtered(lambda file: file.res_id and not file.res_field and (
            file.res_model == 'sale.order' or Message._is_model_on_record(file.res_model)))
        if not files:
            return
        for message in Message.search([('attachment_ids', 'in', files.ids)])._filter_on_record():
            if not message._is_own_comment() and not (vals and files._is_content_kept(vals)):
                raise AccessError(self.env._(
                    "The files of a message cannot be changed: only the author of a comment can change or "
                    "delete its files. Attach another file instead."))

    def _is_content_kept(self, vals):
        """:return: bool, whether the values hold the content that is there: Odoo moves files between storages so"""
        if not vals.keys() & {'raw', 'datas'} or not vals.keys() <= {'raw', 'datas', 'mimetype'}:
            return False
        content = vals['raw'] if 'raw' in vals else base64.b64decode(vals['datas'] or b'')
        content = content.encode() if isinstance(content, str) else content or b''
        return all(file.checksum == file._compute_checksum(content) for file in self)
