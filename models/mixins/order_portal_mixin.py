import re

from odoo import api, models
from odoo.exceptions import AccessError, UserError

# What opens a page of the portal without a login, or speaks for somebody there, wherever a link has it.
_SECRETS = re.compile(r'\b((?:access_|auth_signup_)?token|hash)=[\w.%+~-]{1,999}')


class OrderPortalMixin(models.AbstractModel):
    """Documents whose portal link speaks for the customer: whoever has it signs, declines and answers.

    The link is therefore for the customer, for those of the company who work with the customer, and for Odoo
    itself (mails, pages); nobody else reads the token, has it made, or finds it in a message. What people of the
    company do is their own work, so they change nothing through the page of a customer.
    """
    _name = 'order.portal.mixin'
    _description = "Portal Link of the Customer"

    # -- who has the link -----------------------------------------------------------------------

    @api.model
    def _is_portal_link_kept(self):
        """Whether the link is kept from people at all; override where the addon may be at rest.

        :return: bool, asked of the person and not of the records
        """
        return True

    @api.model
    def _is_portal_link_role(self):
        """:return: bool, whether the person works with the customers of such documents; to be overridden"""
        return False

    def _is_portal_customer(self):
        """:return: bool, whether the person is the customer of all these documents, whatever the login is"""
        return bool(self) and self.sudo().partner_id == self.env.user.partner_id

    def _may_use_portal_link(self):
        """Whether the person may have the links of these documents, all of which the person may read.

        :return: bool; of no document at all, whether the person may have links
        """
        if self.env.su or not self.env.user._is_internal() or not self._is_portal_link_kept():
            return True
        return (self._is_portal_link_role() and self.has_access('write')) or self._is_portal_customer()

    def _get_portal_link_error(self):
        """:return: AccessError for people who may not have the link; it names no document"""
        return AccessError(self.env._(
            "The portal link acts on behalf of the customer, so it is only available to users who are in charge of the "
            "customer and can change the document. Ask one of them."))

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            field.name != 'access_token' or self.env.su
            # Nobody chooses a token: Odoo makes it, as superuser.
            or (self._may_use_portal_link() if operation == 'read' else not self._is_portal_link_kept()))

    @api.model
    def default_get(self, fields):
        return super().default_get([name for name in fields if name != 'access_token'])

    def _portal_ensure_token(self):
        if not self._may_use_portal_link():
            raise self._get_portal_link_error()
        return super()._portal_ensure_token()

    # -- the page -------------------------------------------------------------------------------

    def _check_portal_page(self, changes):
        """Ask whether the person may open the page of this document, which holds its link.

        :param changes: whether something is sent from the page
        :raise AccessError: for people of the company who may not have the link
        :raise UserError: for people of the company who would act as the customer
        """
        self.ensure_one()
        if not self.env.user._is_internal() or not self._is_portal_link_kept() or self._is_portal_customer():
            return
        if not self._may_use_portal_link():
            raise self._get_portal_link_error()
        if changes and self._is_portal_page_of_customer():
            raise UserError(self.env._(
                "This page is for the customer only. Employees have to use the backend, where their actions are "
                "recorded under their own name."))

    def _is_portal_page_of_customer(self):
        """:return: bool, whether nobody but the customer may send anything from the page of this document"""
        return True

    # -- messages -------------------------------------------------------------------------------

    def _is_kept_from_person(self):
        """:return: bool, whether what the company notes with one of these documents (activities, followers, files) is
            not for the person, whatever the person holds: a login, a right or a link"""
        return not self.env.user._is_internal() and any(
            document._is_portal_page_of_customer() for document in self)

    def _thread_to_store(self, store, fields, *, request_list=None):
        # Mail's routes open the document as superuser to whoever has the link. Its page asks for nothing but messages.
        if request_list and self._is_kept_from_person():
            request_list = [request for request in request_list if request in self._get_customer_requests()]
        return super()._thread_to_store(store, fields, request_list=request_list)

    @api.model
    def _get_customer_requests(self):
        """:return: set of what customers may ask Mail's routes to tell of a document, beside its messages"""
        return {'contact_fields', 'display_name'}

    def _message_get_suggested_recipients(self, *args, **kwargs):
        # Whom somebody of the company might write to.
        if self._is_kept_from_person():
            return []
        return super()._message_get_suggested_recipients(*args, **kwargs)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # The link goes to the customer, whoever has written: the system makes it.
        return super(OrderPortalMixin, self.sudo())._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals)

    def _notify_thread(self, message, *args, **kwargs):
        result = super()._notify_thread(message, *args, **kwargs)
        # What stays in the chatter is read by everybody who reads the document.
        if not self._is_notification_scheduled(kwargs.get('scheduled_date')):
            message.sudo()._remove_portal_secrets()
        elif self._is_portal_link_kept():
            self.env['mail.message.schedule'].sudo().search([
                ('mail_message_id', '=', message.id)])._hide_until_sent()
        return result

    @api.model
    def _hide_portal_secrets(self, body):
        """:return: the text without what opens a page of the portal or speaks for somebody there"""
        return _SECRETS.sub(r'\1=', body)
