"""Tests here run on a database that has website_sale, delivery, mrp_subcontracting, sale_loyalty and payment_demo too.

They carry ``@tagged(*OPTIONAL)``: Odoo's own runner leaves them out unless it is asked for ``sol_optional``.
"""
from odoo.tests import HttpCase, new_test_user

from ..common import LifecycleCommon

OPTIONAL = ('post_install', '-at_install', '-standard', 'sol_optional')


class ShopCommon(LifecycleCommon, HttpCase):
    """A company under policy that has a web shop, and a customer with a login who orders and pays there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env['website'].search([('company_id', '=', cls.company.id)], limit=1)
        cls.website.salesperson_id = cls.user_sales
        cls.company.order_channel_id = cls.channel
        cls.provider = cls.env['payment.provider'].search(
            [('code', '=', 'demo'), ('company_id', '=', cls.company.id)], limit=1)
        cls.product_shop = cls._new_product("Lamp", list_price=50, website_published=True)
        cls._put_in_stock(cls.product_shop, 100)
        cls.carrier = cls._new_carrier("Parcel", 7)
        cls.user_shopper = cls._new_shopper()

    @classmethod
    def _new_carrier(cls, name, price, **vals):
        """:return: a delivery method of the shop with a fixed price, in place of those that are there"""
        carriers = cls.env['delivery.carrier']
        carriers.search([]).website_published = False
        product = cls._new_product(f"Delivery by {name}", type='service', list_price=price)
        return carriers.create({
            'name': name, 'delivery_type': 'fixed', 'fixed_price': price, 'product_id': product.id,
            'website_published': True, **vals,
        })

    @classmethod
    def _new_shopper(cls, login='shopper'):
        """:return: a portal user whose address asks for no further step in the checkout"""
        user = new_test_user(
            cls.env, login=login, groups='base.group_portal', name="Sam Shopper", email=f'{login}@example.com')
        country = cls.env.ref('base.be')
        user.partner_id.write({
            'phone': '+32 2 290 34 90', 'street': "Rue du Marché 1", 'city': "Brussels", 'zip': '1000',
            'country_id': country.id, 'property_payment_term_id': cls.payment_term.id,
        })
        return user

    # -- the customer's way through the shop ----------------------------------------------------------

    def _put_into_cart(self, product=None, quantity=2, user=None):
        """Put a product into the cart of a customer who has just logged in.

        :return: the cart, a ``sale.order``
        """
        user = user or self.user_shopper
        product = product or self.product_shop
        self.authenticate(user.login, user.login)
        self.make_jsonrpc_request('/shop/cart/add', {
            'product_template_id': product.product_tmpl_id.id, 'product_id': product.id, 'quantity': quantity})
        return self._get_cart(user)

    def _get_cart(self, user=None):
        """:return: the last order of the customer in the shop"""
        partner = (user or self.user_shopper).partner_id
        return self.env['sale.order'].search(
            [('partner_id', '=', partner.id), ('website_id', '=', self.website.id)], limit=1, order='id DESC')

    def _check_out(self, order):
        """Choose the delivery method and see the page on which the customer pays."""
        self.assertEqual(self.url_open('/shop/checkout').status_code, 200)
        self.make_jsonrpc_request('/shop/set_delivery_method', {'dm_id': self.carrier.id})
        page = self.url_open('/shop/payment')
        self.assertEqual(page.status_code, 200)
        self.assertIn('/shop/payment', page.url)
        order.invalidate_recordset()

    def _pay(self, order, state='done'):
        """Pay a cart with the demo provider as the page of the shop does, and let core process the payment.

        :param state: what the provider answers: ``done``, ``pending``, ``cancel`` or ``error``
        :return: the ``payment.transaction``
        """
        values = self.make_jsonrpc_request(f'/shop/payment/transaction/{order.id}', {
            'access_token': order._portal_ensure_token(), 'provider_id': self.provider.id,
            'payment_method_id': self.provider.payment_method_ids[:1].id, 'token_id': None,
            'amount': order.amount_total, 'flow': 'direct', 'tokenization_requested': False,
            'landing_route': '/shop/payment/validate'})
        self.make_jsonrpc_request('/payment/demo/simulate_payment', {
            'reference': values['reference'], 'payment_details': '1234', 'simulated_state': state})
        self.make_jsonrpc_request('/payment/status/poll', {})
        order.invalidate_recordset()
        return self.env['payment.transaction'].search([('reference', '=', values['reference'])])

    def _buy(self, product=None, quantity=2, user=None, state='done'):
        """The whole way: cart, delivery method, payment.

        :return: the ``sale.order``
        """
        order = self._put_into_cart(product, quantity, user)
        self._check_out(order)
        self._pay(order, state)
        return order
