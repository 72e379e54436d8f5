from contextlib import contextmanager

from odoo import api, models


class ProductAttributeCustomValue(models.Model):
    """What a customer has specified, such as an engraving, is a part of the order as the price is (article R5)."""
    _inherit = 'product.attribute.custom.value'

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # The line may come from a default or from the context.
        default = {} if all('sale_order_line_id' in vals for vals in vals_list) else self.default_get(
            ['sale_order_line_id'])
        lines = self.env['sale.order.line'].browse(
            {vals.get('sale_order_line_id', default.get('sale_order_line_id')) for vals in vals_list} - {False, None})
        with self._order_lines_followed(lines):
            return super().create(vals_list)

    def write(self, vals):
        lines = self.sudo().sale_order_line_id.sudo(self.env.su) | self.env['sale.order.line'].browse(
            vals.get('sale_order_line_id') or [])
        with self._order_lines_followed(lines):
            return super().write(vals)

    def unlink(self):
        with self._order_lines_followed(self.sudo().sale_order_line_id.sudo(self.env.su)):
            return super().unlink()

    @api.model
    @contextmanager
    def _order_lines_followed(self, lines):
        """Treat what happens in the block to the values of order lines as a change of these lines.

        :raise AccessError, UserError: as a change of the lines themselves
        """
        # A line whose values are being written or computed sees to it itself.
        field = lines._fields['product_custom_attribute_value_ids']
        lines = lines.filtered(lambda line: not self.env.is_protected(field, line))
        # Whoever may write values of products need not see orders.
        orders = lines.sudo().order_id
        lines._check_commercial_right()
        frozen = orders._get_frozen_orders({'order_line'})
        before, seen = frozen._get_frozen_values(), orders._get_values_before_change()
        yield
        frozen._check_frozen_values(before)
        orders._note_editors(seen)
        orders._follow_change()
