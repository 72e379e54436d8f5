from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount, formatLang

from .sale_order_line_loose import CORE_PRICING


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_loose_values(self, without=None):
        """The values of lines of confirmed orders that no approval holds: what core itself adds and changes.

        :param without: ``sale.order.line`` that do not count
        :return: dict order id → watched values
        """
        if not self:
            return {}
        values = self._get_watched_values(
            lambda line: not line.display_type and not line._is_frozen_by_confirmation()
            and not (without and line in without))
        for order in values.values():
            for line in order['lines'].values():
                # Core words the lines of down payments anew with every invoice.
                line.pop('name', None)
        return values

    def _log_core_changes(self, before, names=None):
        """Note on confirmed orders what was changed on lines that no approval holds, as superuser.

        :param before: value of :meth:`_get_loose_values` before the change
        :param names: dict line id as text → name of lines that may be gone
        """
        after = self._get_loose_values()
        bodies = {}
        for order in self:
            old, new = before[order.id]['lines'], after[order.id]['lines']
            changes = [
                order._describe_core_line(line_id) for line_id in new if line_id not in old
            ] + [
                self.env._("Removed: %(line)s", line=(names or {}).get(line_id, line_id))
                for line_id in old if line_id not in new
            ] + order._describe_changes(
                {'order': {}, 'lines': {line_id: old[line_id] for line_id in old if line_id in new}},
                {'order': {}, 'lines': {line_id: new[line_id] for line_id in new if line_id in old}})
            if changes:
                bodies[order.id] = Markup("%s<ul>%s</ul>") % (
                    self.env._("The confirmed order was changed beyond what was approved:"),
                    Markup().join(Markup("<li>%s</li>") % change for change in changes))
        if bodies:
            self.browse(bodies)._message_log_batch(bodies=bodies, author_id=self.env.user.partner_id.id)

    def _describe_core_line(self, line_id):
        """:return: translated text about a line that was added to this order"""
        line = self.env['sale.order.line'].browse(int(line_id))
        name = line.product_id.display_name or line.name
        price = format_amount(self.env, line.price_unit, self.currency_id)
        if quantity := line.product_uom_qty or line.qty_delivered:
            return self.env._(
                "Added: %(line)s, %(quantity)s × %(price)s", line=name, quantity=formatLang(self.env, quantity),
                price=price)
        return self.env._("Added: %(line)s, %(price)s", line=name, price=price)

    # -- what core itself prices --------------------------------------------------------------------

    @CORE_PRICING.during
    def _create_down_payment_section_line_if_needed(self):
        return super()._create_down_payment_section_line_if_needed()

    @CORE_PRICING.during
    def _create_down_payment_lines_from_base_lines(self, down_payment_base_lines):
        return super()._create_down_payment_lines_from_base_lines(down_payment_base_lines)

    def _create_delivery_line(self, carrier, price_unit):
        # A method of delivery, which need not be there; then nobody calls this.
        if self._get_frozen_orders({'order_line'}) and not self.env['sale.order.line']._is_core_pricing():
            self._check_freight(carrier, price_unit)
        line = super(SaleOrder, CORE_PRICING.put(self))._create_delivery_line(carrier, price_unit)
        return line.with_env(self.env)

    def _check_freight(self, carrier, price):
        """What freight costs says the carrier, whatever the dialog was told; a sales manager may ask for less.

        :raise UserError: for other prices
        """
        rate = carrier.rate_shipment(self).get('price') or 0.0
        difference = self.currency_id.compare_amounts(price, rate)
        if difference and not (
                difference < 0 and self.currency_id.compare_amounts(price, 0) >= 0
                and self.env['sale.order.line']._is_price_corrector()):
            raise UserError(self.env._(
                "%(order)s is confirmed, so the price of %(carrier)s must be the rate of the carrier: %(price)s. Get "
                "the rate again.",
                order=self.name, carrier=carrier.name, price=format_amount(self.env, rate, self.currency_id)))
