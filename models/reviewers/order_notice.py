from odoo import api, models
from odoo.tools import format_amount, format_datetime

# What a message may tell, in the order in which it does.
KINDS = ('escalation', 'reminder', 'turn', 'new_order', 'accepted')


class OrderNotice(models.AbstractModel):
    """Messages to people about orders and reviews: one a person, in the language of the person, the way their Odoo
    notifications go."""
    _name = 'order.notice'
    _description = "Message about Orders"

    @api.model
    def _send(self, notices):
        """Notify people; those with the same content in the same language share one message.

        :param notices: dict ``res.users`` → dict kind → list of ids of ``order.review``, of ``sale.order`` for the
            kinds ``new_order`` and ``accepted``; of any model with deadlines for ``<model>:<kind>``, which that model
            puts into words in ``_get_notice_section``
        """
        audiences = {}
        for user, kinds in notices.items():
            included = tuple((kind, tuple(kinds[kind])) for kind in self._sort_kinds(kinds) if kinds.get(kind))
            if included and user.active:
                key = user.lang, user.tz, included
                audiences[key] = audiences.get(key, user.browse()) | user
        for (lang, tz, included), users in audiences.items():
            there = self.sudo().with_context(lang=lang, tz=tz or 'UTC')
            sections = [there._get_section(kind, ids) for kind, ids in included]
            there._post(users, " · ".join(section['title'] for section in sections), {'sections': sections})

    @api.model
    def _sort_kinds(self, kinds):
        """:return: list of these kinds in the order in which a message tells them"""
        return [*(kind for kind in KINDS if kind in kinds), *sorted(kind for kind in kinds if ':' in kind)]

    @api.model
    def _post(self, users, subject, values):
        """Send one message to people, in the language of the context, in the name of the present person.

        :param users: ``res.users``
        :param subject: translated text
        :param values: dict of the template of the body
        """
        self.env['mail.thread'].sudo().message_notify(
            subject=subject,
            body=self.env['ir.qweb']._render('sale_order_lifecycle.order_notice', values),
            partner_ids=users.sudo().partner_id.ids,
            author_id=self.env.user.partner_id.id,
            email_from=self._get_sender(),
            email_add_signature=False,
            email_layout_xmlid='mail.mail_notification_light',
        )

    @api.model
    def _get_sender(self):
        """:return: the address that messages come from: the person's, else the company's, else Odoo's"""
        # No decision fails because a user has no address.
        return (
            self.env.user.sudo().email_formatted or self.env.company.sudo().email_formatted
            or self.env.ref('base.partner_root').sudo().email_formatted)

    @api.model
    def _get_section(self, kind, ids):
        """:return: dict ``title`` (translated) and ``rows`` (list of dicts of texts) of one part of a message"""
        if ':' in kind:
            model, _colon, own_kind = kind.partition(':')
            return self.env[model].browse(ids)._get_notice_section(own_kind)
        if kind in ('new_order', 'accepted'):
            records = self.env['sale.order'].browse(ids)
            rows = [self._get_order_row(order) for order in records]
        else:
            records = self.env['order.review'].browse(ids).sorted(lambda row: (not row.deadline, row.deadline, row.id))
            rows = [self._get_review_row(review) for review in records]
        return {'title': self._get_title(kind, len(records), rows[0]['name']), 'rows': rows}

    @api.model
    def _get_title(self, kind, count, name):
        """:return: translated title of a section, for one record by its name"""
        words = {'name': name, 'count': count}
        if count == 1:
            return {
                'escalation': self.env._("Overdue: %(name)s", **words),
                'reminder': self.env._("Due soon: %(name)s", **words),
                'turn': self.env._("To review: %(name)s", **words),
                'new_order': self.env._("New order: %(name)s", **words),
                'accepted': self.env._("Approved: %(name)s", **words),
            }[kind]
        return {
            'escalation': self.env._("%(count)s reviews are overdue", **words),
            'reminder': self.env._("%(count)s reviews are due soon", **words),
            'turn': self.env._("%(count)s reviews are waiting for you", **words),
            'new_order': self.env._("%(count)s new orders", **words),
            'accepted': self.env._("%(count)s orders are approved", **words),
        }[kind]

    @api.model
    def _get_review_row(self, review):
        order = review.order_id
        return {
            **self._get_order_row(order),
            'name': review.display_name,
            'url': f'/odoo/order-reviews/{review.id}',
            'deadline': review.deadline and self._format_moment(review.deadline),
            'overdue': review.is_overdue,
        }

    @api.model
    def _format_moment(self, moment):
        """:return: text of a moment in the language and the time zone of the context"""
        return format_datetime(self.env, moment, dt_format='short')

    @api.model
    def _get_order_row(self, order):
        return {
            'name': order.name,
            'url': f'/odoo/sale.order/{order.id}',
            'customer': order.partner_id.display_name,
            'amount': format_amount(self.env, order.amount_total, order.currency_id),
        }
