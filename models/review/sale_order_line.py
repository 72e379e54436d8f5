from odoo import api, models
from odoo.exceptions import AccessError, UserError


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    @api.model
    def _get_commercial_fields(self):
        """The commercial fields of a line: watched by stages that name none, frozen by confirmation.

        :return: sorted tuple of field names
        """
        return ('discount', 'price_unit', 'product_id', 'product_uom_id', 'product_uom_qty', 'tax_ids')

    @api.model
    def _get_commercial_flags(self):
        """Fields that tell what kind of line it is: changing one may take a line out of the count."""
        return {'order_id', 'display_type', 'is_downpayment', 'is_expense', 'is_delivery'} & self._fields.keys()

    def _is_frozen_by_confirmation(self):
        """Whether this line of a confirmed order holds what was approved.

        Core itself adds lines to confirmed orders: down payments and over-delivery (nothing ordered),
        expenses, freight, and what a repair needs. Those are not frozen. Override for more.
        """
        self.ensure_one()
        return not (
            self.display_type
            or not self.product_uom_qty
            or (self.is_expense and self.product_id.expense_policy != 'no')
            or ('is_delivery' in self._fields and self.is_delivery and self.product_id.type == 'service')
            or self._is_repair_part()
        )

    def _is_repair_part(self):
        """Whether a repair of this order brought the line in; it then has no other stock move."""
        moves = self.move_ids
        return bool(moves) and moves.repair_id.sale_order_id == self.order_id and all(
            move.repair_line_type for move in moves)

    # -- what may change ------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_commercial_right()
        for line in lines.sudo():
            order = line.order_id
            if order.policy_id and order.state == 'sale' and line._is_frozen_by_confirmation():
                raise UserError(self.env._(
                    "%(order)s is confirmed with the lines that were approved, so “%(product)s” cannot be added. "
                    "Enter a new order for it, or cancel this one and submit it for review again.",
                    order=order.name, product=line.product_id.display_name or line.name))
        lines._follow_change()
        return lines

    def write(self, vals):
        commercial = vals.keys() & set(self._get_commercial_fields()) | vals.keys() & self._get_commercial_flags()
        if commercial:
            self._check_commercial_right()
        frozen = self.order_id._get_frozen_orders(commercial)
        before = frozen._get_frozen_values()
        result = super().write(vals)
        frozen._check_frozen_values(before)
        if commercial:
            self._check_commercial_right()
        if 'order_id' in vals:
            self.filtered(lambda line: line.order_id not in frozen)._check_moved_line()
        self._follow_change()
        return result

    def unlink(self):
        orders = self.order_id
        result = super().unlink()
        orders._follow_change()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_commercial(self):
        self._check_commercial_right()

    def _check_moved_line(self):
        """A line that arrives in a confirmed order by changing its order is a new line there."""
        for line in self.sudo():
            if line.order_id.policy_id and line.order_id.state == 'sale' and line._is_frozen_by_confirmation():
                raise UserError(self.env._(
                    "%(order)s is confirmed, so no line can be moved into it. Enter a new order.",
                    order=line.order_id.name))

    def _check_commercial_right(self):
        """Only sales staff change what an order under policy sells.

        Core lets stock, manufacturing and invoicing users write every order line; what core does
        itself for them on lines that are not part of the agreement goes through.

        :raise AccessError: for other people
        """
        if self.env.su or self.env['sale.order']._is_lifecycle_sales():
            return
        for line in self.sudo():
            if line.order_id.policy_id and line._is_frozen_by_confirmation():
                raise AccessError(self.env._(
                    "Only sales staff can change what %(order)s sells. Ask %(person)s to do it.",
                    order=line.order_id.name,
                    person=line.order_id.user_id.name or self.env._("a member of the sales team")))

    def _follow_change(self):
        self.order_id._follow_change()
