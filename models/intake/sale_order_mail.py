from odoo import api, models


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    @api.model
    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        """The channel says what becomes of a mail to its address, whatever the defaults of the alias are."""
        route = super()._routing_check_route(message, message_dict, route, raise_exception=raise_exception)
        if not route or route[1] or not (channel := self._get_channel_of_alias(route[4])):
            return route
        if problem := channel._get_mail_problem(message, message_dict):
            channel._keep_refused_mail(message_dict, problem)
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

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        # The gateway works as superuser: the defaults of an alias speak for no guarded field.
        guarded = self._get_guarded_fields()
        values = {name: value for name, value in (custom_values or {}).items() if name not in guarded}
        if channel := self.env['order.channel'].sudo().browse(values.get('channel_id') or ()).exists():
            return channel._receive_mail(msg_dict).with_env(self.env)
        return super().message_new(msg_dict, custom_values=values)

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Answers to the mails of an order go to the address that it came by."""
        by_mail = self.filtered(lambda order: order.sudo().channel_id.alias_email)
        aliases = by_mail.sudo().channel_id._notify_get_reply_to(default=default, author_id=author_id)
        result = {order.id: aliases[order.sudo().channel_id.id] for order in by_mail}
        if others := self - by_mail:
            result.update(super(SaleOrder, others)._notify_get_reply_to(default=default, author_id=author_id))
        return result
