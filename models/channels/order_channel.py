from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.http import request

from . import order_wire


class OrderChannel(models.Model):
    """A channel over which machines and files bring orders."""
    _inherit = 'order.channel'

    column_ids = fields.One2many('order.channel.column', 'channel_id', string="File Columns")

    # -- public methods -------------------------------------------------------------------------

    @api.model
    def submit_orders(self, channel_code, orders):
        """Take in orders of a web shop or platform and register them (articles I1, I2).

        Orders are never half-created, and an order that was received before is not created again:
        a caller that got no answer sends the same call once more. What is refused is kept as
        ``order.channel.refusal``. Nothing that is sent raises, apart from the missing right.

        :param channel_code: code of a channel of the environment's company
        :param orders: list of ``{"reference", "received_at"? (ISO 8601; naive = UTC; also the date of the
            order), "customer": {"ref"?, "name", "email"?, "phone"?, "vat"?, "street"?, "city"?, "zip"?,
            "country"? (ISO code)}, "delivery_address"? (same keys), "payment_term"? (name, any installed
            language), "promised_date"? (date), "salesperson"? (login), "currency"? (ISO code), "note"?,
            "lines": [{"sku", "name"?, "quantity", "unit_price"?, "discount"? (percent)}]}``
        :return: list of one result per order, in their order: ``{"reference", "status": "created" |
            "duplicate" | "conflict" | "rejected", "order_id", "order_name", "missing": [sentence],
            "errors": [{"code", "field", "message"}]}``; without an order its id and name are False;
            the codes are ``missing_field``, ``invalid_value``, ``unknown_product``, ``unknown_country``,
            ``unknown_currency``, ``unknown_payment_term``, ``unknown_salesperson``, ``unknown_channel``,
            ``too_large`` and ``different_content``
        :raise AccessError: for people who are neither sales staff nor in the intake API group
        """
        self._check_may_submit()
        return self.env['order.submission']._submit(channel_code, orders, self._find_repeated_names())

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _check_may_submit(self):
        """Asked of ``env.user`` whatever ``env.su`` is.

        :raise AccessError: unless the person may submit orders by machine
        """
        if not (
            self.env['sale.order']._is_lifecycle_sales()
            or self.env.user.has_group('sale_order_lifecycle.group_intake_api')
        ):
            raise AccessError(self.env._(
                "Only sales staff and members of the group Intake API can submit orders: ask an administrator "
                "to add you to it."))

    @api.model
    def _find_repeated_names(self):
        """:return: what the text of the running request says twice (see :mod:`order_wire`), empty without a request"""
        if not request:
            return {}
        return order_wire.find_repeated_names(request.httprequest.path, request.httprequest.get_data())

    def _get_salespeople(self):
        """:return: the ``res.users`` to whom a machine may give orders of this channel, as superuser"""
        self.ensure_one()
        channel_sudo = self.sudo()
        return channel_sudo.user_id | channel_sudo.team_id.user_id | channel_sudo.team_id.member_ids
