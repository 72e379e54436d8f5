from markupsafe import Markup

from odoo import SUPERUSER_ID, fields, models
from odoo.fields import Command
from odoo.tools import is_html_empty, plaintext2html


class OrderTicket(models.Model):
    _inherit = 'order.ticket'

    def _follow_customers(self):
        """Let the customers get the messages of their tickets, as superuser."""
        _all, _internal, external = self.env['mail.message.subtype'].default_subtypes(self._name)
        present = {(row.res_id, row.partner_id.id) for row in self.env['mail.followers'].sudo().search([
            ('res_model', '=', self._name), ('res_id', 'in', self.ids), ('partner_id', 'in', self.partner_id.ids),
        ])}
        self.env['mail.followers'].sudo().create([{
            'res_model': self._name,
            'res_id': ticket.id,
            'partner_id': ticket.partner_id.id,
            'subtype_ids': [Command.set(external.ids)],
        } for ticket in self if ticket.partner_id and (ticket.id, ticket.partner_id.id) not in present])

    def _post_outcome(self):
        """Send the outcome to the customers, each in their language."""
        for ticket in self:
            translated = ticket.with_context(lang=ticket.partner_id.lang or self.env.lang)
            translated.message_post(
                body=Markup("<p>%s</p>%s") % (
                    translated.env._("The outcome of your request %(number)s:", number=ticket.name),
                    plaintext2html(ticket.outcome_note)),
                subject=translated.env._("Outcome: %(subject)s", subject=ticket.subject),
                message_type='comment', subtype_xmlid='mail.mt_comment', partner_ids=ticket.partner_id.ids)

    def _welcome_customer(self, attachments=()):
        """Answer a ticket that a customer has just opened, as superuser, and notify the team.

        :param attachments: list of pairs (file name, content as bytes) that the customer has sent
        """
        self.ensure_one()
        author = {'author_id': self.partner_id.id, 'email_from': self.partner_id.email_formatted or False}
        self.message_post(
            body=plaintext2html(self.description or self.subject), subject=self.subject, attachments=list(attachments),
            message_type='comment', subtype_xmlid='mail.mt_comment', **author)
        # By OdooBot, because nobody is notified of their own actions; a company without address writes from Odoo's own.
        sender = self.company_id.email_formatted or self.env.ref('base.partner_root').email_formatted
        translated = self.with_user(SUPERUSER_ID).with_context(lang=self.partner_id.lang or self.env.lang)
        translated.message_post(
            body=translated.env._(
                "We have received your request %(number)s and will get back to you.", number=self.name),
            subject=translated.env._("Request %(number)s: %(subject)s", number=self.name, subject=self.subject),
            message_type='auto_comment', subtype_xmlid='mail.mt_comment', partner_ids=self.partner_id.ids,
            author_id=self.company_id.partner_id.id, email_from=sender)
        if members := self.team_id.member_ids:
            translated = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)
            translated.message_notify(
                partner_ids=members.partner_id.ids,
                subject=translated.env._("New ticket: %(ticket)s", ticket=self.display_name),
                body=translated.env._(
                    "%(customer)s has submitted the ticket %(ticket)s.",
                    customer=self.partner_id.display_name, ticket=self.display_name), **author)

    def _message_post_after_hook(self, message, msg_values):
        ticket_sudo = self.sudo()
        if not ticket_sudo.responded_at and not ticket_sudo.closed_at and self._is_response(message):
            ticket_sudo._write_guarded({'responded_at': fields.Datetime.now()})
        return super()._message_post_after_hook(message, msg_values)

    def _is_response(self, message):
        """Whether a message is a word of a member of staff to the customer, who gets it.

        The person counts who posts it, not the author that a client may name; mails come in by OdooBot.
        """
        if message.message_type not in ('comment', 'email') or not message.subtype_id or (
                message.is_internal or message.subtype_id.internal):
            return False
        ticket_sudo, message_sudo = self.sudo(), message.sudo()
        recipients = ticket_sudo.message_partner_ids | message_sudo.partner_ids
        if not (recipients & ticket_sudo.partner_id or any(recipients.mapped('partner_share'))) or (
                is_html_empty(message_sudo.body) and not message_sudo.attachment_ids):
            return False
        if self.env.user._is_superuser():
            return message.message_type == 'email' and bool(message.author_id) and not message.author_id.partner_share
        return self.env.user._is_internal()
