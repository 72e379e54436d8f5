import sys
from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import Form, TransactionCase, new_test_user

from odoo.addons.sale_order_lifecycle.models.mixins.order_guarded_mixin import ACTING, OrderGuardedMixin

from .query_count import QueryCounter

# login → groups; the login of a department is the code of its role
USERS = {
    'sales': 'sales_team.group_sale_salesman',
    'sales_manager': 'sales_team.group_sale_manager',
    'production': 'sale_order_lifecycle.group_production',
    'logistics': 'sale_order_lifecycle.group_logistics',
    'finance': 'sale_order_lifecycle.group_finance',
    'legal': 'sale_order_lifecycle.group_legal',
    'purchasing': 'sale_order_lifecycle.group_purchasing',
    'quality': 'sale_order_lifecycle.group_quality',
    'aftersales': 'sale_order_lifecycle.group_aftersales',
    'manager': 'sale_order_lifecycle.group_manager',
    'employee': 'base.group_user',
    'stock': 'stock.group_stock_user',
    'mrp': 'mrp.group_mrp_user',
    'buyer': 'purchase.group_purchase_user',
    'accountant': 'account.group_account_invoice',
}


# How many companies wait for tests that need another one: to create one, with its warehouse, takes as long as a test.
SPARE_COMPANIES = 2

# Below this module are external ids of what the database of the tests has from the beginning.
KEPT = '__test__'


_is_acting = OrderGuardedMixin._is_acting


def _is_acting_as_for_people(records):
    """As the method of the mixin; yet that the transaction of a test is OdooBot's opens guarded fields to tests only.

    The code of the addon needs its mark: elsewhere it runs in the transactions of people.
    """
    if not _is_acting(records) or ACTING.lies_on(records):
        return _is_acting(records)
    frame = sys._getframe(1)
    while frame := frame.f_back:
        path, name = frame.f_code.co_filename, frame.f_code.co_name
        if '/addons/sale_order_lifecycle/tests/' in path:
            return True
        if '/addons/sale_order_lifecycle/' in path and name not in ('create', 'write', 'unlink', '_has_field_access'):
            return False
    return True


def _check_sudo_commands_as_for_people(field, comodel):
    """As core's method; yet what is nested in values runs as the person of the environment.

    Core takes the person of the transaction, which is the same one in a request, and OdooBot in a test.
    """
    if comodel._allow_sudo_commands or not comodel.env.su and not comodel.env.user._is_superuser():
        return comodel
    return comodel.sudo(False).with_user(comodel.env.uid)


class LifecycleCommon(QueryCounter, TransactionCase):
    """A company under a small policy (sales, then finance), one person per role, and products.

    The policy asks for nothing else, so that a test adds what it is about: rules, stages, switches.

    People, partners, products and the policy are the same for almost every class. Where the database was prepared for
    tests (:meth:`_keep_fixtures`) they are there already, else each class makes its own.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(OrderGuardedMixin, '_is_acting', _is_acting_as_for_people))
        for kind in (fields.One2many, fields.Many2many):
            cls.startClassPatcher(patch.object(kind, '_check_sudo_commands', _check_sudo_commands_as_for_people))
        cls.env = cls.env(context=dict(
            cls.env.context, no_reset_password=True, mail_create_nosubscribe=True, mail_notrack=True))
        cls.company = cls.env.company
        cls._set_up_users()
        cls._set_up_partners()
        cls._set_up_policy()
        cls._set_up_products()

    # -- what is made once ---------------------------------------------------------------------------

    @classmethod
    def _keep_fixtures(cls, env):
        """Make in a database, for all classes, what they have in common; called once by who prepares the database."""
        cls.env = env(context={'no_reset_password': True, 'mail_create_nosubscribe': True, 'mail_notrack': True})
        cls.company = cls.env.company
        cls._set_up_users()
        cls._set_up_partners()
        cls._set_up_products()
        cls.policy = cls._adopt(cls._new_policy())
        kept = {
            name: getattr(cls, name)
            for name in ('partner', 'vendor', 'payment_term', 'product_stock', 'product_service', 'policy')}
        for number in range(SPARE_COMPANIES):
            kept[f'company_{number}'] = env['res.company'].create({'name': f"Spare Company {number}"})
        env['ir.model.data'].create([{
            'module': KEPT, 'name': name, 'model': record._name, 'res_id': record.id, 'noupdate': True,
        } for name, record in kept.items()])

    @classmethod
    def _get_kept(cls, name):
        """:return: what the database has for all classes under this name, None where it was not prepared"""
        return cls.env.ref(f'{KEPT}.{name}', raise_if_not_found=False)

    # -- the company --------------------------------------------------------------------------------

    @classmethod
    def _set_up_users(cls):
        cls.users_by_login = {
            login: cls._new_user(login, groups) for login, groups in USERS.items()
        }
        for login, user in cls.users_by_login.items():
            setattr(cls, f'user_{login}', user)

    @classmethod
    def _new_user(cls, login, groups, company=None, **vals):
        """:return: an internal user ``test_<login>`` of one company, in these groups only"""
        company = company or cls.company
        if login in USERS and (kept := cls.env['res.users'].search([('login', '=', f'test_{login}')])):
            if kept.company_ids != company:
                kept.write({'company_id': company.id, 'company_ids': [Command.set(company.ids)]})
            return kept
        return new_test_user(
            cls.env, login=f'test_{login}', groups=groups, name=f"Test {login.replace('_', ' ').title()}",
            email=f'{login}@example.com', company_id=company.id, company_ids=[Command.set(company.ids)],
            tz='UTC', **vals)

    @classmethod
    def _set_up_partners(cls):
        cls.partner = cls._get_kept('partner') or cls.env['res.partner'].create({
            'name': "Blue Harbour Ltd", 'email': 'orders@blueharbour.example.com', 'phone': '+44 20 7946 0000',
            'street': "1 Quay Street", 'city': "Bristol", 'zip': 'BS1 4AA',
        })
        cls.vendor = cls._get_kept('vendor') or cls.env['res.partner'].create({
            'name': "Vendor of Parts", 'email': 'vendor@example.com'})
        cls.payment_term = cls._get_kept('payment_term') or cls.env['account.payment.term'].create({
            'name': "Test 30 Days", 'line_ids': [Command.create({
                'value': 'percent', 'value_amount': 100, 'nb_days': 30,
            })],
        })

    @classmethod
    def _set_up_policy(cls):
        # A class that wants another policy has its own method for it.
        is_kept = cls._new_policy.__func__ is LifecycleCommon._new_policy.__func__
        cls.policy = (is_kept and cls._get_kept('policy')) or cls._adopt(cls._new_policy())
        cls.channel = cls._get_channel(cls.company)
        cls.stage_sales, cls.stage_finance = cls.policy.stage_ids.sorted('sequence')[:2]

    @classmethod
    def _role(cls, code):
        """:return: the ``order.role`` with this code"""
        return cls.env['order.role']._get_by_code(code)

    @classmethod
    def _new_policy(cls, company=None, stages=(('sales', 10), ('finance', 20)), **vals):
        """A draft policy with one stage per ``(role code, sequence)``, or ``(role code, sequence, values)``."""
        company = company or cls.company
        return cls.env['order.policy'].create({
            'name': f"Test policy of {company.name}",
            'company_id': company.id,
            'stage_ids': [Command.create({
                'name': f"Review by {stage[0]}", 'role_id': cls._role(stage[0]).id, 'sequence': stage[1],
                **(stage[2] if len(stage) > 2 else {}),
            }) for stage in stages],
            **vals,
        })

    @classmethod
    def _adopt(cls, policy):
        """Put a policy in force as a manager of its company."""
        manager = cls.user_manager
        if policy.company_id not in manager.company_ids:
            manager.sudo().company_ids |= policy.company_id
        policy.with_user(manager).with_company(policy.company_id).action_adopt()
        return policy

    @classmethod
    def _get_channel(cls, company):
        """:return: a channel of the company, made where adoption has made none"""
        Channel = cls.env['order.channel']
        return Channel.search([('company_id', '=', company.id)], limit=1) or Channel.create({
            'name': "Phone", 'code': 'phone', 'kind': 'phone', 'company_id': company.id,
        })

    @classmethod
    def _new_company(cls, name="Second Company", policy=False, **vals):
        """A further company that the test's own environment may use, with ``policy`` under an own one."""
        company = cls._get_spare_company()
        if company and vals.keys() <= {'currency_id'}:
            company.write({'name': name, **vals})
        else:
            company = cls.env['res.company'].create({'name': name, **vals})
        cls.env.user.company_ids |= company
        if policy:
            cls._adopt(cls._new_policy(company))
        return company

    @classmethod
    def _get_spare_company(cls):
        """:return: a company that nobody of this test or class uses yet, None where there is none"""
        kept = (cls._get_kept(f'company_{number}') for number in range(SPARE_COMPANIES))
        return next((company for company in kept if company and company not in cls.env.user.company_ids), None)

    @contextmanager
    def _in_transaction_of(self, user):
        """As in a request of this person: whatever is nested in values runs as the person of the transaction, and that
        is OdooBot in a test, whoever its records belong to."""
        transaction = self.env.transaction
        before, transaction.default_env = transaction.default_env, self.env(user=user)
        try:
            yield
        finally:
            transaction.default_env = before

    # -- products -----------------------------------------------------------------------------------

    @classmethod
    def _set_up_products(cls):
        cls.warehouse = cls.env['stock.warehouse'].search([('company_id', '=', cls.company.id)], limit=1)
        cls.product_stock = cls._get_kept('product_stock')
        if not cls.product_stock:
            cls.product_stock = cls._new_product("Stock Good")
            cls._put_in_stock(cls.product_stock, 10000)
        cls.product_service = cls._get_kept('product_service') or cls._new_product(
            "Installation", type='service', list_price=80)

    @classmethod
    def _new_product(cls, name, **vals):
        """A product, storable unless told otherwise, without taxes, invoiced on ordered quantities."""
        return cls.env['product.product'].create({
            'name': name, 'type': 'consu', 'is_storable': vals.get('type', 'consu') == 'consu', 'list_price': 100,
            'taxes_id': False, 'supplier_taxes_id': False, 'invoice_policy': 'order', **vals,
        })

    @classmethod
    def _put_in_stock(cls, product, quantity, warehouse=None):
        cls.env['stock.quant']._update_available_quantity(
            product, (warehouse or cls.warehouse).lot_stock_id, quantity)

    @classmethod
    def _new_in_stock(cls, *names, **vals):
        """:return: list of new products of which a thousand are there"""
        products = [cls._new_product(name, **vals) for name in names]
        for product in products:
            cls._put_in_stock(product, 1000)
        return products

    @classmethod
    def _get_mto_route(cls):
        """:return: the make-to-order route, active"""
        route = cls.env.ref('stock.route_warehouse0_mto')
        route.active = True
        return route

    @classmethod
    def _new_purchased_product(cls, name="Bought to Order", make_to_order=True, **vals):
        """A stored product that is bought, by order where ``make_to_order``."""
        routes = cls.warehouse.buy_pull_id.route_id
        if make_to_order:
            routes |= cls._get_mto_route()
        return cls._new_product(name, route_ids=[Command.set(routes.ids)], seller_ids=[Command.create({
            'partner_id': cls.vendor.id, 'price': 5, 'min_qty': 0,
        })], **vals)

    @classmethod
    def _new_manufactured_product(cls, name="Made to Order", component=None, kit=False, **vals):
        """A product with a bill of materials of two components; made to order unless it is a kit."""
        component = component or cls._new_purchased_product(f"Part of {name}")
        if not kit:
            routes = cls.warehouse.manufacture_pull_id.route_id | cls._get_mto_route()
            vals = {'route_ids': [Command.set(routes.ids)], **vals}
        product = cls._new_product(name, **vals)
        cls.env['mrp.bom'].create({
            'product_tmpl_id': product.product_tmpl_id.id, 'product_qty': 1, 'type': 'phantom' if kit else 'normal',
            'bom_line_ids': [Command.create({'product_id': component.id, 'product_qty': 2})],
        })
        return product

    @classmethod
    def _new_kit(cls, *rows, name="Set", bom=None, **vals):
        """A product that is delivered as its components, in every company.

        :param rows: pairs (component, quantity) or triples with the unit of the quantity
        :param bom: further values of its bill of materials
        """
        kit = cls._new_product(name, **vals)
        cls.env['mrp.bom'].create({
            'product_tmpl_id': kit.product_tmpl_id.id, 'product_qty': 1, 'product_uom_id': kit.uom_id.id,
            'type': 'phantom', 'company_id': False, **(bom or {}),
            'bom_line_ids': [Command.create({
                'product_id': product.id, 'product_qty': quantity, 'product_uom_id': (unit or product.uom_id).id,
            }) for product, quantity, unit in ((*row, None)[:3] for row in rows)]})
        return kit

    # -- orders -------------------------------------------------------------------------------------

    @classmethod
    def _prepare_order_vals(cls, lines=None, **vals):
        """Values of a complete order; ``lines`` are pairs (product, quantity) or dicts of line values."""
        if lines is None:
            lines = [(cls.product_stock, 5)]
        return {
            'partner_id': cls.partner.id,
            'payment_term_id': cls.payment_term.id,
            'channel_id': cls.channel.id,
            'commitment_date': fields.Datetime.add(fields.Datetime.now(), days=14),
            'order_line': [
                Command.create(line if isinstance(line, dict) else {
                    'product_id': line[0].id, 'product_uom_qty': line[1],
                }) for line in lines
            ],
            **vals,
        }

    @classmethod
    def _new_order(cls, count=None, user=None, **vals):
        """A quotation of a salesperson, or ``count`` of them, in the test's own environment.

        :param vals: values of the order, and ``lines`` as :meth:`_prepare_order_vals` takes them
        """
        Order = cls.env['sale.order'].with_user(user or cls.user_sales)
        if 'company_id' in vals:
            Order = Order.with_company(vals['company_id'])
            vals.setdefault('channel_id', False)
        return Order.create([cls._prepare_order_vals(**vals) for _index in range(count or 1)]).with_env(cls.env)

    @classmethod
    def _register(cls, orders, user=None, **kwargs):
        orders.with_user(user or cls.user_sales).action_register(**kwargs)
        return orders

    @classmethod
    def _submit(cls, orders, user=None):
        """Register where that is to be done, and submit for review."""
        if unregistered := orders.filtered(lambda order: not order.received_at):
            cls._register(unregistered, user)
        orders.with_user(user or cls.user_sales).action_submit_review()
        return orders

    @classmethod
    def _get_pending_reviews(cls, orders):
        return cls.env['order.review'].sudo().search([('order_id', 'in', orders.ids), ('state', '=', 'pending')])

    @classmethod
    def _prepare_reviews(cls, reviews):
        """Fill in what the stages ask for, each as a person of its role."""
        for review in reviews:
            own = review.with_user(cls.users_by_login[review.role_id.code])
            if review.requires_plan != 'none' and not review.planned_date:
                own.planned_date = fields.Date.add(fields.Date.today(), days=7)
            own.check_ids.result = 'ok'

    @classmethod
    def _approve(cls, orders):
        """Approve everything that the orders wait for, stage after stage, each as a person of its role."""
        while pending := cls._get_pending_reviews(orders):
            cls._prepare_reviews(pending)
            for role, reviews in pending.grouped('role_id').items():
                reviews.with_user(cls.users_by_login[role.code]).sudo(False).action_approve()
        return orders

    @classmethod
    def _accept(cls, orders):
        """Register, submit and approve orders through public methods, as the people who may."""
        cls._submit(orders)
        return cls._approve(orders)

    @classmethod
    def _confirm(cls, orders):
        """Accept the orders, then confirm them as a salesperson."""
        cls._accept(orders)
        orders.with_user(cls.user_sales).action_confirm()
        return orders

    @classmethod
    def _deliver(cls, pickings, quantities=None, backorder=True):
        """Validate transfers as a stock user.

        :param quantities: dict product → quantity done; everything by default
        :param backorder: keep what is left in a backorder, else cancel it
        """
        pickings = pickings.with_user(cls.user_stock)
        pickings.action_assign()
        for move in pickings.move_ids:
            quantity = move.product_uom_qty if quantities is None else quantities.get(move.product_id, 0)
            move.write({'quantity': quantity, 'picked': bool(quantity)})
        result = pickings.with_context(
            skip_backorder=True,
            picking_ids_not_to_backorder=[] if backorder else pickings.ids,
            skip_sms=True).button_validate()
        assert result is True, result
        return pickings.with_env(cls.env)

    @classmethod
    def _deliver_next(cls, order, quantities=None, **kwargs):
        """Validate what is open of an order, as :meth:`_deliver` does."""
        return cls._deliver(
            order.picking_ids.filtered(lambda picking: picking.state not in ('done', 'cancel')), quantities, **kwargs)

    @classmethod
    def _return(cls, picking, quantities, refund=True, exchange=False):
        """What stock takes back of a transfer in core's own way.

        :param quantities: dict product → quantity to be returned, or that of each row
        :return: the transfer of the return
        """
        wizard = Form(cls.env['stock.return.picking'].with_user(cls.user_stock).with_context(
            active_id=picking.id, active_ids=picking.ids, active_model='stock.picking')).save()
        for row in wizard.product_return_moves:
            quantity = quantities.get(row.product_id, 0) if isinstance(quantities, dict) else quantities
            row.write({'quantity': quantity, 'to_refund': refund})
        action = wizard.action_create_exchanges() if exchange else wizard.action_create_returns()
        return cls.env['stock.picking'].browse(action['res_id'])

    # -- settlement ---------------------------------------------------------------------------------

    @classmethod
    def _fulfil(cls, orders):
        """Confirm the orders and deliver everything, services too."""
        cls._confirm(orders)
        if pickings := orders.picking_ids:
            cls._deliver(pickings)
        for line in orders.with_user(cls.user_sales).order_line.filtered(lambda row: row.product_type == 'service'):
            line.qty_delivered = line.product_uom_qty
        return orders

    @classmethod
    def _invoice(cls, orders, final=True):
        """Invoice what can be invoiced of the orders and post it, as an accountant.

        :return: the invoices, in the test's own environment
        """
        invoices = orders.with_user(cls.user_accountant)._create_invoices(final=final)
        invoices.action_post()
        return invoices.with_env(cls.env)

    @classmethod
    def _pay(cls, invoices, **vals):
        """Register a payment of each invoice in full, or as ``vals`` of the payment wizard say."""
        for invoice in invoices:
            cls.env['account.payment.register'].with_user(cls.user_accountant).with_context(
                active_model='account.move', active_ids=invoice.ids).create(vals)._create_payments()
        return invoices

    @classmethod
    def _invoice_each(cls, orders):
        """:return: posted invoices, one for each order"""
        # Core's word for it: grouped by order.
        invoices = orders.with_user(cls.user_accountant)._create_invoices(final=True, grouped=True)
        invoices.action_post()
        return invoices.with_env(cls.env)

    @classmethod
    def _pay_together(cls, invoices, each=False, **vals):
        """Pay all invoices, in full or as ``vals`` of the payment wizard say.

        :param each: with a payment for each invoice, else with one for each customer
        """
        cls.env['account.payment.register'].with_user(cls.user_accountant).with_context(
            active_model='account.move', active_ids=invoices.ids,
        ).create({'group_payment': not each, **vals})._create_payments()
        return invoices

    @classmethod
    def _settle(cls, orders, reason=None, **kwargs):
        """Settle the orders as finance."""
        orders.settlement_id.with_user(cls.user_finance).action_settle(reason, **kwargs)
        return orders
