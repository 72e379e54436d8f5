from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import email_normalize

from ..mixins.base import ADDON
from ..mixins.mail_message import HIDING, HIDING_KEY

# Between two looks at the clock.
CLOCK_TOLERANCE = timedelta(minutes=5)
# Goes with a document that is deleted. An object: nobody can send it.
DOCUMENT_GOES = object()


class MailMessage(models.Model):
    """What was said on an order under policy, and on each document of this addon, stays said, by whom it was said.

    The record of decisions is kept in the chatter. Mail's own routes change messages as superuser, so that is asked
    of the person, whatever ``env.su`` is.
    """
    _inherit = 'mail.message'

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        # As stored: defaults come from the context, too.
        messages._check_own_voice()
        messages._check_own_time()
        return messages

    def write(self, vals):
        changed = vals.keys() & self._get_content_fields()
        if changed and self.env.context.get(HIDING_KEY) is not HIDING:
            self._check_kept(vals)
        result = super().write(vals)
        if changed & {'model', 'res_id'}:
            # What arrives from elsewhere is new here.
            self._check_own_voice()
            self._check_own_time()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        if self.env.context.get('messages_go_with_document') is not DOCUMENT_GOES:
            self._check_kept({})

    # -- checks ---------------------------------------------------------------------------------

    @api.model
    def _get_content_fields(self):
        """:return: set of the fields that say what was said, where, when and by whom; the others stay writable"""
        return {
            'attachment_ids', 'author_guest_id', 'author_id', 'body', 'date', 'email_from', 'is_internal',
            'message_type', 'model', 'parent_id', 'res_id', 'subject', 'subtype_id', 'tracking_value_ids'}

    @api.model
    def _get_own_content_fields(self):
        """:return: set of the fields that the author of a comment may change afterwards"""
        return {'attachment_ids', 'body', 'parent_id', 'subject'}

    @api.model
    def _get_passing_types(self):
        """:return: set of the types of messages that core deletes again by itself: of mails that have been sent"""
        return {'email_outgoing', 'out_of_office', 'user_notification'}

    def _filter_on_record(self):
        """:return: the messages of this set that stand in the chatter of an order under policy, or of a document of
            this addon: a ticket, a policy, a dossier …"""
        on_documents = self.filtered(lambda message: message.res_id and (
            message.model == 'sale.order' or self._is_model_on_record(message.model)))
        orders = on_documents.filtered(lambda message: message.model == 'sale.order')
        if not orders:
            return on_documents
        orders_sudo = self.env['sale.order'].sudo().browse(set(orders.mapped('res_id'))).exists()
        ids = set(orders_sudo.filtered('policy_id')._ids)
        return on_documents - orders.filtered(lambda message: message.res_id not in ids)

    @api.model
    def _is_document_on_record(self, model_name, ids):
        """:return: bool, whether what is said on one of these documents stays"""
        return self._is_model_on_record(model_name) or model_name == 'sale.order' and any(
            self.env['sale.order'].sudo().browse(ids).exists().mapped('policy_id'))

    @api.model
    def _is_model_on_record(self, model_name):
        """:return: bool, whether what is said on documents of this model stays"""
        model = self.env.get(model_name) if model_name else None
        return model is not None and model._original_module == ADDON

    def _check_kept(self, vals):
        """:param vals: the values that would be written, empty for a deletion
        :raise AccessError: if one of the messages belongs to the record of a document
        """
        for message in self.sudo()._filter_on_record():
            if self.env.su and (
                    message.message_type in self._get_passing_types() or message._is_given_subject(vals)):
                continue
            names = vals.keys() & self._get_content_fields()
            if message._is_own_comment() and names <= self._get_own_content_fields():
                continue
            raise AccessError(self.env._(
                "Notes here cannot be changed: only comments can be changed or deleted, and only by their "
                "author. Write a new note instead."))

    def _is_given_subject(self, vals):
        """:return: whether the values do no more than core does where it sends the message: to give it a subject"""
        self.ensure_one()
        return vals.keys() & self._get_content_fields() == {'subject'} and (
            not self.subject or vals['subject'] == ' '.join(self.subject.splitlines()))

    def _is_own_comment(self):
        """:return: whether the present person has written this comment"""
        self.ensure_one()
        if self.message_type != 'comment':
            return False
        # A customer without a login answers by the token of the page, which its controller checks.
        return self.is_current_user_or_guest_author or (self.env.user._is_public() and self.author_id.partner_share)

    def _check_own_voice(self):
        """:raise AccessError: if one of the messages stands on record and is in the name of others, or says of itself
            what only the system says: that something has changed"""
        if self.env.su:
            return
        for message in self.sudo()._filter_on_record():
            if message.author_id != self.env.user.partner_id or self._is_sender_of_others(message.email_from):
                raise AccessError(self.env._(
                    "You can only post messages here in your own name: remove the author and the sender."))
            if message.tracking_value_ids:
                # Core keeps what has changed as superuser.
                raise AccessError(self.env._(
                    "Changes are recorded here by the system. Remove the tracked values."))
            if not self.env.user._is_internal() and (
                    message.message_type != 'comment' or message.is_internal or message.subtype_id.internal):
                raise AccessError(self.env._(
                    "Customers can only post comments here. Remove the type and the subtype."))

    def _check_own_time(self):
        """:raise AccessError: if one of these new messages stands on record at another time than now"""
        if self.env.su:
            return
        now = fields.Datetime.now()
        for message in self.sudo()._filter_on_record():
            if not message.date or abs(message.date - now) > CLOCK_TOLERANCE:
                raise AccessError(self.env._(
                    "Messages here are dated when they are posted. Remove the date."))

    @api.model
    def _is_sender_of_others(self, email_from):
        """:return: whether this sender is another person than the present one; a company's own address is nobody's"""
        own = self.env.user.partner_id
        address = email_normalize(email_from or '')
        if not address or address == own.email_normalized:
            return False
        Partner = self.env['res.partner'].sudo().with_context(active_test=False)
        others = Partner.search([('email_normalized', '=', address), ('id', '!=', own.id)])
        return bool(others - self.env['res.company'].sudo().search([('partner_id', 'in', others.ids)]).partner_id)
