from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError

from ..mixins.mark import Mark, is_system

# Core adds and prices lines of its own in confirmed orders, as whoever does its work.
CORE_PRICING = Mark('core_pricing')


class SaleOrderLine(models.Model):
    """Lines of confirmed orders that no approval holds: what they cost says core, as it says that they are there.

    Down payments, over-delivery, freight, expenses and the parts of repairs are billed like all others. Whoever
    could price them could bill anything.
    """
    _inherit = 'sale.order.line'

    @api.model
    def _is_core_pricing(self):
        """:return: whether core is just setting what loose lines cost, or OdooBot does"""
        return self._is_core_at_work() or is_system(self)

    @api.model
    def _is_core_at_work(self):
        """:return: whether core is just adding lines of its own or setting what they cost, for whoever it works"""
        return CORE_PRICING.lies_on(self) or self._is_core_adding()

    @api.model
    def _get_names_of_code_defaults(self, fields):
        # What core adds to a confirmed order is priced by core alone, not by the defaults of whoever it works for.
        return set(fields) if self._is_core_at_work() else super()._get_names_of_code_defaults(fields)

    # -- what may change ------------------------------------------------------------------------

    @contextmanager
    def _loose_prices_kept(self, vals):
        """While lines are written: of those that no approval holds, people change what they may change.

        :param vals: what is written
        :raise AccessError, UserError: for other changes
        """
        # Nothing instead of a list of changes takes all of them away.
        if 'invoice_lines' in vals and vals['invoice_lines'] != []:
            (self if vals['invoice_lines'] else self.sudo().filtered('invoice_lines').with_env(
                self.env))._check_invoice_links()
        names = vals.keys() & set(self._get_commercial_fields()) | vals.keys() & self._get_commercial_flags()
        loose = self.sudo()._filter_loose() if names and not self._is_core_pricing() else self.browse()
        before = {line: line._get_values_to_keep(names) for line in loose}
        yield
        for line, values in before.items():
            after = line._get_values_to_keep(names)
            changed = {name for name in names if after[name] != values[name]}
            if changed & self._get_text_fields():
                line.with_env(self.env)._check_text_right()
            line._check_price_change(changed - self._get_text_fields())

    def _check_invoice_links(self):
        """What is invoiced, and paid with it, is what invoices say; core never writes it from this side.

        :raise UserError: with the first line of an order under policy, for everybody but OdooBot in its own work
        """
        if is_system(self):
            return
        for line in self.sudo():
            if line.order_id.policy_id:
                raise UserError(self.env._(
                    "“%(product)s” in %(order)s can only be invoiced by invoices created from the order. Create the "
                    "invoice from the order, or ask accounting to link it.",
                    product=line.product_id.display_name or line.name, order=line.order_id.name))

    def _filter_loose(self):
        """:return: those of these lines that belong to confirmed orders under policy without being approved"""
        return self.filtered(
            lambda line: line.order_id.policy_id and line.order_id.state == 'sale' and not line.display_type
            and not line._is_frozen_by_confirmation())

    def _get_values_to_keep(self, names):
        """:return: dict field name → comparable value"""
        self.ensure_one()
        return {name: self.order_id._to_watched_value(self, name) for name in names}

    def _check_price_change(self, names):
        """A sales manager may correct price, discount and taxes within what the product costs; the order tells it.

        :param names: set of the fields of this line that a person has changed
        :raise UserError: for everything else
        """
        self.ensure_one()
        if not names:
            return
        if not (names <= {'price_unit', 'discount', 'tax_ids'} and self._is_price_corrector()):
            raise self._get_price_error()
        if not self._is_within_product_price():
            raise UserError(self.env._(
                "The price of “%(product)s” in %(order)s can only be corrected to a value between zero and the price "
                "of the product (%(price)s), with its taxes.", product=self.product_id.display_name or self.name,
                order=self.order_id.name, price=self.currency_id.format(self._get_product_price())))

    def _check_added_price(self):
        """What a person adds without an ordered quantity costs what the product costs.

        :raise UserError: for other prices, and for lines that only core adds
        """
        for line in self:
            if (
                line.is_downpayment or line.is_expense or line.product_uom_qty or line.move_ids
                or not (line._has_product_price() or
                        line._is_price_corrector() and line._is_within_product_price())
            ):
                raise line._get_price_error()

    @api.model
    def _is_price_corrector(self):
        """:return: whether the person corrects what core's own lines cost; asked of ``env.user``, never OdooBot"""
        user = self.env.user
        return not user._is_superuser() and user.has_group('sales_team.group_sale_manager')

    def _get_price_error(self):
        """:return: UserError for whoever would price this line"""
        self.ensure_one()
        return UserError(self.env._(
            "“%(product)s” in %(order)s was added after the approval, and its price is determined by its document. A "
            "sales manager can correct price and taxes within the price of the product.",
            product=self.product_id.display_name or self.name or self.env._("Down Payment"),
            order=self.order_id.name))

    # -- what the product costs -----------------------------------------------------------------

    def _get_product_price(self, discounted=False):
        """What core would enter for this product now, in the currency of the order.

        :param discounted: with the discount of the pricelist
        :return: float, 0 for lines without a product
        """
        self.ensure_one()
        line = self.with_company(self.company_id)
        if not line.product_id or not line.product_uom_id:
            return 0.0
        return line.product_id._get_tax_included_unit_price_from_price(
            line._get_pricelist_price() if discounted else line._get_display_price(),
            product_taxes=line._get_product_taxes(), fiscal_position=line.order_id.fiscal_position_id)

    def _get_product_taxes(self):
        """:return: the taxes of the product for the company of this line, before the fiscal position"""
        return self.product_id.taxes_id._filter_taxes_by_company(self.company_id)

    def _has_product_price(self):
        """:return: whether this line has price and taxes as core enters them"""
        self.ensure_one()
        net = self.price_unit * (1 - self.discount / 100)
        return (
            0 <= self.discount <= 100 and not self.extra_tax_data
            and self.currency_id.compare_amounts(net, self._get_product_price(discounted=True)) == 0
            and self.tax_ids == self.order_id.fiscal_position_id.map_tax(self._get_product_taxes()))

    def _is_within_product_price(self):
        """:return: whether this line costs something between nothing and its product, with taxes that were agreed"""
        self.ensure_one()
        agreed = self.order_id.order_line.filtered(lambda line: line._is_frozen_by_confirmation()).tax_ids
        own = self.order_id.fiscal_position_id.map_tax(self._get_product_taxes())
        net = self.price_unit * (1 - self.discount / 100)
        return (
            bool(self.product_id) and not self.is_downpayment
            and 0 <= self.discount <= 100
            and self.currency_id.compare_amounts(net, 0) >= 0
            and self.currency_id.compare_amounts(net, self._get_product_price()) <= 0
            and self.tax_ids <= own | agreed)
