from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, models


class SaleOrder(models.Model):
    """Orders of a web shop of this database (``website_sale``) are registered when the customer places them."""
    _inherit = 'sale.order'

    @contextmanager
    def _placed_carts_followed(self, vals):
        """What the customer places in a web shop is registered."""
        yield self
        if vals.get('state') == 'sent' and not self._is_registered_with(vals) and self._is_portal_at_work():
            # The payment has still to come in, as with a bank transfer: the order is placed all the same.
            self._register_placed_carts()

    @api.model
    def _is_registered_with(self, vals):
        """Hook: whether these values belong to a step that registers the orders itself."""
        return False

    def _register_placed_carts(self):
        """Register those of the orders that come from a shop; what cannot be registered stays a quotation."""
        if 'website_id' not in self._fields:
            return
        carts = self.with_user(SUPERUSER_ID).filtered(
            lambda order: order.website_id and order.policy_id and not order.received_at)
        refusals = carts._get_registration_refusals()
        carts._without(refusals)._action_register()

    def _get_registration_channel(self):
        return self.channel_id or self._get_shop_channel() or super()._get_registration_channel()

    def _get_shop_channel(self):
        """The channel of the web shop that the order comes from.

        Of several web shop channels it is the one that has the name or the domain of the website as its name or
        its code, else the first.

        :return: ``order.channel``, empty for orders that come from no shop
        """
        self.ensure_one()
        Channel = self.env['order.channel']
        if not self._is_placed_online():
            return Channel
        channels = Channel.sudo().search([('company_id', '=', self.company_id.id), ('kind', '=', 'web')])
        names = {(name or '').split('://')[-1].strip('/').casefold() for name in self._get_website_names()} - {''}
        named = channels.filtered(
            lambda channel: {channel.name.casefold(), channel.code.casefold()} & names)
        return (named or channels)[:1].sudo(self.env.su)

    def _is_placed_online(self):
        """:return: whether the customer has placed this order in the web shop; rooms add other places"""
        self.ensure_one()
        return 'website_id' in self._fields and bool(self.sudo().website_id)

    def _get_website_names(self):
        """:return: tuple of the names that the website of this order goes by"""
        if 'website_id' not in self._fields:
            return ()
        website_sudo = self.sudo().website_id
        return (website_sudo.name, website_sudo.domain)
