from markupsafe import Markup

from odoo import api, models


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- messages to persons ----------------------------------------------------------------------

    @api.model
    def _notify_people(self, orders_by_user, get_message):
        """Notify users at once of what has happened to orders: one message each, by the way that they have chosen.

        :param orders_by_user: dict ``res.users`` → ``sale.order``; the present person is not notified
        :param get_message: function of orders in the language of the person → pair of the subject and a list of
            translated texts or markup, one for each order
        """
        for user, orders in orders_by_user.items():
            if user == self.env.user or not user.active or not orders:
                continue
            # As superuser: the person may know of the order, whatever the right of whoever has acted.
            translated = orders.sudo().with_context(lang=user.lang)
            subject, lines = get_message(translated)
            body = Markup("<p>%s</p>") % lines[0] if len(lines) == 1 else Markup("<ul>%s</ul>") % Markup().join(
                Markup("<li>%s</li>") % line for line in lines)
            # One order is what the message is about; several are named in it.
            thread = translated if len(orders) == 1 else self.env['mail.thread'].with_context(lang=user.lang).sudo()
            thread.message_notify(
                partner_ids=user.sudo().partner_id.ids, subject=subject, body=body,
                author_id=self.env.user.partner_id.id, email_from=self.env['order.notice']._get_sender(),
                email_layout_xmlid='mail.mail_notification_light')
