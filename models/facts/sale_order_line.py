from odoo import models


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _get_listed_price(self, rules, date):
        """What the price list asks for a unit of this line, in the currency of the order.

        :param rules: ``product.pricelist.item`` of the price list of the order, in the order of their precedence
        :param date: naive UTC datetime
        :return: float
        """
        self.ensure_one()
        product = self.product_id.with_context(**self._get_product_price_context())
        quantity = self.product_uom_id._compute_quantity(
            self.product_uom_qty or 1.0, product.uom_id, raise_if_failure=False)
        rule = next((rule for rule in rules if rule._is_applicable_for(product, quantity)), rules.browse())
        return rule._compute_price(
            product, self.product_uom_qty or 1.0, self.product_uom_id, date=date, currency=self.currency_id)

    def _get_unit_cost(self, date):
        """What a unit of this line costs the company, in the currency of the order.

        :param date: date of the exchange rate
        :return: float, None where the product has no cost; override for a better source
        """
        self.ensure_one()
        product = self.product_id
        cost = product.standard_price
        if not cost:
            return None
        if self.product_uom_id != product.uom_id:
            cost = product.uom_id._compute_price(cost, self.product_uom_id)
        return product.cost_currency_id._convert(cost, self.currency_id, self.company_id, date, round=False)

    def _get_untaxed_unit_price(self):
        """:return: the price of a unit of this line without taxes, after the discount"""
        self.ensure_one()
        return self.price_subtotal / self.product_uom_qty if self.product_uom_qty else 0.0

    def _get_specification_defects(self):
        """What is not specified on this line so that it could be made and delivered.

        :return: list of translated sentences, empty where the line is complete; override to ask for more
        """
        self.ensure_one()
        product, defects = self.product_id, []
        if not product:
            return [self.env._("The product is missing.")]
        if not product.active:
            defects.append(self.env._("The product is archived."))
        elif not product.sale_ok:
            defects.append(self.env._("The product is not for sale."))
        if self.product_uom_id.compare(self.product_uom_qty, 0) <= 0:
            defects.append(self.env._("The quantity is missing."))
        entered = {
            value.custom_product_template_attribute_value_id for value in self.product_custom_attribute_value_ids
            if (value.custom_value or '').strip()}
        chosen = product.product_template_attribute_value_ids | self.product_no_variant_attribute_value_ids
        defects += [
            self.env._("The value of “%(value)s” is not described.", value=value.display_name)
            for value in chosen if value.is_custom and value not in entered]
        missing = product.product_tmpl_id.valid_product_template_attribute_line_ids.filtered(
            lambda line: line.attribute_id.create_variant == 'no_variant'
            and line.attribute_id.display_type != 'multi') - chosen.attribute_line_id
        defects += [
            self.env._("“%(attribute)s” is not selected.", attribute=line.attribute_id.name) for line in missing]
        return defects

    def _get_goods_quantity(self):
        """:return: the ordered quantity in the unit of the product"""
        self.ensure_one()
        return self.product_uom_id._compute_quantity(
            self.product_uom_qty, self.product_id.uom_id, round=False, raise_if_failure=False)
