from odoo import api, models

# Kinds of messages that people have written, to each other.
MESSAGE_TYPES = ('comment', 'email', 'email_outgoing')


class ReportTicket(models.AbstractModel):
    """One case on paper (article A3): the request, the work on it, its cause, what was told and improved."""
    _name = 'report.sale_order_lifecycle.report_ticket'
    _description = "Ticket Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        """:return: values of the template: ``docs`` and ``messages``, a dict ticket id → :meth:`_get_messages`"""
        tickets = self.env['order.ticket'].browse(docids)
        tickets.check_access('read')
        # Whoever may read the ticket may read its report: transfers and persons need no other right.
        tickets_sudo = tickets.sudo()
        messages = self._get_messages(tickets_sudo)
        return {
            'doc_ids': docids,
            'doc_model': tickets._name,
            'docs': tickets_sudo,
            'messages': {ticket.id: messages.get(ticket.id, ()) for ticket in tickets_sudo},
        }

    @api.model
    def _get_messages(self, tickets):
        """What was written to the customers and by them; notes of the company stay inside.

        :param tickets: ``order.ticket`` as superuser
        :return: dict ticket id → ``mail.message``, oldest first
        """
        return self.env['mail.message'].sudo().search([
            ('model', '=', tickets._name), ('res_id', 'in', tickets.ids), ('message_type', 'in', MESSAGE_TYPES),
            ('is_internal', '=', False), ('subtype_id.internal', '=', False), ('subtype_id', '!=', False),
        ], order='id').grouped('res_id')
