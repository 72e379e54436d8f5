from odoo import api, models


class SaleOrder(models.Model):
    """Who has the link of an order's page, and what customers read of their orders."""
    _name = 'sale.order'
    _inherit = ['order.portal.mixin', 'order.customer.mixin', 'order.inside.mixin', 'sale.order']

    # -- the link -------------------------------------------------------------------------------

    @api.model
    def _is_portal_link_kept(self):
        return self.env['order.policy']._is_within_reach()

    @api.model
    def _is_portal_link_role(self):
        return self._is_lifecycle_sales()

    def _is_portal_page_of_customer(self):
        return bool(self.sudo().policy_id)

    # -- what customers read --------------------------------------------------------------------

    @api.model
    def _get_portal_fields(self):
        """What customers read of their orders, and search, sort and group by; all else is the company's own.

        Asked where a policy is or was in force. The pages of the portal read as superuser.

        :return: set of field names; extend the set of ``super()``
        """
        return super()._get_portal_fields() | {
            'id', 'display_name', 'name', 'state', 'type_name', 'date_order', 'validity_date', 'is_expired',
            'create_date', 'write_date', 'company_id', 'partner_id', 'partner_invoice_id', 'partner_shipping_id',
            'user_id', 'client_order_ref', 'reference', 'note', 'order_line', 'currency_id', 'country_code',
            'pricelist_id', 'payment_term_id', 'fiscal_position_id', 'incoterm', 'incoterm_location',
            'commitment_date', 'effective_date', 'delivery_status', 'invoice_status', 'amount_untaxed', 'amount_tax',
            'amount_total', 'amount_undiscounted', 'amount_paid', 'tax_country_id', 'tax_calculation_rounding_method',
            'prepayment_percent', 'require_signature', 'require_payment', 'signature', 'signed_by', 'signed_on',
            'access_url', 'access_token', 'access_warning', 'message_is_follower', 'website_id', 'cart_quantity',
            'carrier_id', 'amount_delivery',
        }

    @api.model
    def _is_held_to_portal_fields(self):
        return super()._is_held_to_portal_fields() and self.env['order.policy']._is_within_reach()
