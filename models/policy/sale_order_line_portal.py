from odoo import api, models


class SaleOrderLine(models.Model):
    _name = 'sale.order.line'
    _inherit = ['order.customer.mixin', 'order.inside.mixin', 'sale.order.line']

    @api.model
    def _get_portal_fields(self):
        """What customers read of the lines of their orders, as ``sale.order._get_portal_fields``.

        :return: set of field names; extend the set of ``super()``
        """
        return super()._get_portal_fields() | {
            'id', 'display_name', 'create_date', 'write_date', 'order_id', 'order_partner_id', 'company_id', 'state',
            'sequence', 'display_type', 'name', 'product_id', 'product_type', 'product_uom_id', 'product_uom_qty',
            'product_template_attribute_value_ids', 'linked_line_id', 'linked_line_ids', 'combo_item_id',
            'qty_delivered', 'qty_invoiced', 'qty_to_invoice', 'invoice_status', 'is_downpayment', 'is_expense',
            'price_unit', 'discount', 'price_subtotal', 'price_tax', 'price_total', 'price_reduce_taxexcl',
            'price_reduce_taxinc', 'currency_id', 'customer_lead', 'collapse_composition', 'collapse_prices',
            'is_optional', 'is_delivery', 'is_reward_line',
        }

    @api.model
    def _is_held_to_portal_fields(self):
        return super()._is_held_to_portal_fields() and self.env['order.policy']._is_within_reach()
