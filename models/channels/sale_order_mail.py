from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize, email_normalize_all, escape_psql
from odoo.tools.mail import unfold_references

# The gateway looks at so many of the messages that a mail answers.
MAX_REFERENCES = 32


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    @api.model
    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        """The channel says what becomes of a mail to its address, whatever the defaults of the alias are."""
        route = super()._routing_check_route(message, message_dict, route, raise_exception=raise_exception)
        if not route or route[1] or not (channel := self._get_channel_of_alias(route[4])):
            return route
        return self._routing_to_channel(message, message_dict, route, channel)

    @api.model
    def _routing_to_channel(self, message, message_dict, route, channel):
        """:return: the route of a mail that becomes an order of a channel, none where the channel lists it"""
        incoming = self.env['mail.thread']._get_incoming_mail()
        if incoming and incoming.is_left_to_others:
            return ()
        if problem := channel._get_mail_problem(message, message_dict):
            channel._keep_refused_mail(message, message_dict, problem)
            return ()
        model, thread_id, _defaults, user_id, alias = route
        return model, thread_id, {'channel_id': channel.id}, user_id, alias

    @api.model
    def _get_channel_of_alias(self, alias):
        """:return: the ``order.channel`` whose address it is, as superuser; empty for other aliases"""
        alias_sudo = alias.sudo() if alias else self.env['mail.alias']
        Channel = self.env['order.channel'].sudo()
        if alias_sudo.alias_parent_model_id.model != Channel._name:
            return Channel
        return Channel.browse(alias_sudo.alias_parent_thread_id or ()).exists()

    # -- answers ----------------------------------------------------------------------------------

    def _accepts_mail_from(self, email_from):
        """Whether a sender is involved in this order, so that the mail goes to it.

        Others may have got hold of a message all the same: it was forwarded, or they guess. Orders that
        neither follow a policy nor came by a channel are plain Odoo's.

        :param email_from: the sender as the mail says it
        """
        self.ensure_one()
        order_sudo = self.sudo()
        if not order_sudo.policy_id and not order_sudo.channel_id:
            return True
        address = email_normalize(email_from or '')
        return bool(address) and (
            order_sudo._is_mail_address_of_participant(address) or order_sudo._is_mail_address_of_domain(address)
            or address in order_sudo._get_mail_addresses_of_thread())

    def _is_mail_address_of_participant(self, address):
        """:return: whether an address is that of a colleague, of somebody of the customer, or of a follower"""
        self.ensure_one()
        if self.env['res.users'].search_count([
                ('email_normalized', '=', address), ('share', '=', False),
                ('company_ids', 'in', self.company_id.ids)], limit=1):
            return True
        customers = (self.partner_id | self.partner_invoice_id | self.partner_shipping_id).commercial_partner_id
        return bool(self.env['res.partner'].with_context(active_test=False).search_count(
            Domain('email_normalized', '=', address) & (
                Domain('commercial_partner_id', 'in', customers.ids)
                | Domain('id', 'in', self.message_partner_ids.ids)), limit=1))

    def _is_mail_address_of_domain(self, address):
        """:return: whether it is under a domain that the customer's people have, and no other contact has"""
        self.ensure_one()
        domain_name = address.rpartition('@')[2]
        if not domain_name or self.env['order.public.domain']._is_public(domain_name, self.company_id):
            return False
        neighbours = Domain('email_normalized', '=like', f'%@{escape_psql(domain_name)}')
        theirs = Domain('commercial_partner_id', 'in', self.partner_id.commercial_partner_id.ids)
        Partner = self.env['res.partner'].with_context(active_test=False)
        return bool(Partner.search_count(neighbours & theirs, limit=1)) and not Partner.search_count(
            neighbours & ~theirs, limit=1)

    def _get_mail_addresses_of_thread(self):
        """:return: set of the addresses that have written about this order by mail, or have been written to"""
        self.ensure_one()
        messages = self.env['mail.message'].search([
            ('model', '=', self._name), ('res_id', '=', self.id),
            ('message_type', 'in', ('email', 'email_outgoing', 'comment'))])
        addresses = set(messages.partner_ids.mapped('email_normalized'))
        for mail in messages.filtered(lambda message: message.message_type == 'email'):
            for text in (mail.email_from, mail.incoming_email_to, mail.incoming_email_cc):
                addresses.update(email_normalize_all(text or ''))
        return addresses - {False}

    def _keep_foreign_mail(self, message, message_dict):
        """Keep a mail of somebody who has no part in this order and has written to no channel."""
        self.ensure_one()
        order_sudo = self.sudo()
        if incoming := self.env['mail.thread']._get_incoming_mail():
            incoming.is_answer = True
        order_sudo.channel_id._keep_refused_mail(
            message, message_dict, self.env['order.channel.refusal']._prepare_error(
                'foreign_thread', 'mail', 'foreign_thread', order=order_sudo.name), company=order_sudo.company_id)

    @api.model
    def _find_answered_order(self, message_dict):
        """:return: the ``sale.order`` that a mail refers to, as superuser; may be empty"""
        references = unfold_references(message_dict.get('references') or message_dict.get('in_reply_to') or '')
        message = references and self.env['mail.message'].sudo().search([
            ('message_id', 'in', references[-MAX_REFERENCES:]), ('model', '=', self._name)], limit=1, order='id desc')
        return self.sudo().browse(message and message.res_id or ()).exists()

    def _get_lang_of_notes(self):
        """:return: the language of notes that nobody writes: of the salesperson, else of the company"""
        self.ensure_one()
        order_sudo = self.sudo()
        return order_sudo.user_id.lang or order_sudo.company_id.partner_id.lang or self.env.lang

    # -- from mail to order -----------------------------------------------------------------------

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        # The gateway works as superuser: the defaults of an alias speak for no guarded field.
        guarded = self._get_guarded_fields()
        values = {name: value for name, value in (custom_values or {}).items() if name not in guarded}
        # Clients call this, too, with the rights that they have: to a channel comes what the gateway brings.
        channel = self.env['order.channel'].sudo().browse(self.env.su and values.get('channel_id') or ()).exists()
        if channel:
            incoming = self.env['mail.thread']._get_incoming_mail()
            try:
                return channel._receive_mail(msg_dict).with_env(self.env)
            except Exception:
                if incoming:
                    incoming.has_failed = True
                raise
        company = self.env['res.company'].browse(values.get('company_id') or self.env.company.id)
        if self.env.su and company.sudo().order_policy_id:
            # The gateway acts as the user of the sender's address, and four eyes go by the creator and the
            # salesperson: it is made by whoever runs the gateway.
            actor = self.with_user(self.env.transaction.default_env.uid).sudo()
            return super(SaleOrder, actor).message_new(msg_dict, custom_values=values).with_env(self.env)
        return super().message_new(msg_dict, custom_values=values)

    def message_update(self, msg_dict, update_vals=None):
        if incoming := self.env['mail.thread']._get_incoming_mail():
            incoming.is_answer = True
            incoming.order_ids.update(self.ids)
        return super().message_update(msg_dict, update_vals=update_vals)

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Answers to the mails of an order go to the address that it came by."""
        by_mail = self.filtered(lambda order: order.sudo().channel_id.alias_email)
        aliases = by_mail.sudo().channel_id._notify_get_reply_to(default=default, author_id=author_id)
        result = {order.id: aliases[order.sudo().channel_id.id] for order in by_mail}
        if others := self - by_mail:
            result.update(super(SaleOrder, others)._notify_get_reply_to(default=default, author_id=author_id))
        return result
