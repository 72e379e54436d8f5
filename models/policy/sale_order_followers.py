from odoo import api, models
from odoo.exceptions import AccessError

from ..mixins.arguments import read_ids


class SaleOrder(models.Model):
    """Who follows an order is sent what is written in its chatter. Core lets whoever may write an order, as people of
    stock, manufacturing and invoicing may, take its salesperson away and add whomever they like."""
    _inherit = 'sale.order'

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        if partner_ids and not self._may_decide_followers():
            partners_sudo = self.env['res.partner'].sudo().browse(read_ids(partner_ids)).exists()
            self._check_followers(partners_sudo.filtered('partner_share'))
        return super().message_subscribe(partner_ids, subtype_ids)

    def message_unsubscribe(self, partner_ids=None):
        if partner_ids and not self._may_decide_followers():
            self._check_followers(self.env['res.partner'].sudo().browse(read_ids(partner_ids)))
        return super().message_unsubscribe(partner_ids)

    @api.model
    def _may_decide_followers(self):
        """:return: bool, whether the person decides who follows orders under policy; asked before anything is read, as
            each new order comes here"""
        return self.env.su or self._is_lifecycle_sales()

    def _check_followers(self, partners):
        """:param partners: ``res.partner`` whom the person makes followers, or no followers any more
        :raise AccessError: if that are others, with the first order under policy; without a name for people who may not
            read these orders"""
        # The refusal names an order and its salesperson.
        self.check_access('read')
        order = self.sudo().filtered('policy_id')[:1]
        if order and partners - self.env.user.partner_id:
            raise AccessError(self.env._(
                "Only sales staff can change the followers of %(order)s. Ask %(person)s to do it.",
                order=order.name, person=order.user_id.name or self.env._("a member of the sales team")))
