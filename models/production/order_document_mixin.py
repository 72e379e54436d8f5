from lxml import etree

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

COMPARISONS = {'<': SQL("<"), '<=': SQL("<="), '>': SQL(">"), '>=': SQL(">=")}


class OrderDocumentMixin(models.AbstractModel):
    """A document of another application that serves sales orders: it knows them and what they were promised.

    One document may serve several orders: a purchase that collects what they need, a transfer, a merged
    manufacturing order. Models say how they reach their orders in three hooks: ``_get_served_order_paths``,
    ``_get_served_orders_domain`` and ``_get_served_orders_sql``.
    """
    _name = 'order.document.mixin'
    _description = "Document of Sales Orders"
    _is_ruled = True

    sale_order_ids = fields.Many2many(
        'sale.order', string="Sales Orders", compute='_compute_sale_order_ids', search='_search_sale_order_ids',
        compute_sudo=True, help="The sales orders for which this document was created, as far as you can access them.")
    served_order_count = fields.Integer("Orders", compute='_compute_sale_order_ids', compute_sudo=True)
    promised_date = fields.Date(
        compute='_compute_promise', search='_search_promised_date', compute_sudo=True,
        help="The earliest date promised to the customers of these orders.")
    is_promise_late = fields.Boolean(
        "Late vs. Promised Date", compute='_compute_promise', search='_search_is_promise_late', compute_sudo=True,
        help="Not done, and the promised date has passed or is earlier than the planned date.")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends(lambda self: self._get_served_order_paths())
    @api.depends_context('uid')
    def _compute_sale_order_ids(self):
        # For people, and filled as superuser, because an assignment asks for the rights record by record. Code
        # that acts for the addon asks ``_get_served_orders``.
        self._get_served_orders().mapped('policy_id')  # read at once what follows document by document
        orders = {document.id: document._get_served_orders() for document in self}
        readable = self.env['sale.order'].union(*orders.values()).sudo(False)._filtered_access('read')
        for document in self:
            own = orders[document.id].filtered(lambda order: order.id in readable._ids)
            document.sale_order_ids = own
            document.served_order_count = len(own.filtered('policy_id'))

    @api.model
    def _search_sale_order_ids(self, operator, value):
        self._check_field_access(self._fields['sale_order_ids'], 'read')
        Order = self.env['sale.order']
        if operator in ('not in', 'not any', 'not any!') or operator.startswith('not '):
            return NotImplemented
        if not Order.has_access('read'):
            return Domain.FALSE
        if operator in ('any', 'any!'):
            orders = Domain('id', 'in', value) if not isinstance(value, Domain) else value
        elif operator == 'in':
            if False in value:
                return ~self._get_served_orders_domain(Domain.TRUE)
            orders = Domain('id', 'in', value)
        else:
            orders = Domain('display_name', operator, value)
        # Searched in the rights of the person: what one may not read is not found either.
        return self._get_served_orders_domain(Domain('id', 'in', Order._search(orders)))

    @api.depends(lambda self: [
        f'{path}.{name}' for path in self._get_served_order_paths()
        for name in ('promised_date', 'fulfilled_at', 'state', 'policy_id')
    ] + self._get_document_end_fields())
    def _compute_promise(self):
        governed = self.filtered(lambda document: document._may_serve_governed())
        governed._get_served_orders().mapped('policy_id')  # read at once what follows document by document
        for document in self:
            orders = document._get_promised_orders() if document in governed else ()
            document.promised_date = min((order.promised_date for order in orders), default=False)
            end = document._get_document_end()
            document.is_promise_late = bool(end) and any(
                order._to_lifecycle_date(end) > order.promised_date or order.is_late and not order.fulfilled_at
                for order in orders)

    def _get_promised_orders(self):
        """:return: the orders under policy that this document serves and that have been promised a day"""
        return self._get_served_orders().filtered(
            lambda order: order.policy_id and order.state != 'cancel' and order.promised_date)

    @api.model
    def _search_promised_date(self, operator, value):
        self._check_field_access(self._fields['promised_date'], 'read')
        if operator == 'in':
            dates = [date for date in value if date]
            return Domain.custom(to_sql=lambda model, alias, query: SQL(
                "(%s = ANY(%s::date[]) OR %s)", model._field_to_sql(alias, 'promised_date', query), dates,
                SQL("%s IS NULL", model._field_to_sql(alias, 'promised_date', query))
                if False in value else SQL("FALSE")))
        if operator not in COMPARISONS:
            return NotImplemented
        return Domain.custom(to_sql=lambda model, alias, query: SQL(
            "%s %s %s", model._field_to_sql(alias, 'promised_date', query), COMPARISONS[operator], value))

    @api.model
    def _search_is_promise_late(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_promise_late'], 'read')
        if True not in value:
            return Domain.FALSE
        return self._get_open_document_domain() & Domain.custom(
            to_sql=lambda model, alias, query: model._get_late_for_promise_sql(alias, query))

    def _get_late_for_promise_sql(self, alias, query):
        """:return: SQL condition: an order of the document was promised a day that is over or before its end"""
        Order = self.env['sale.order'].sudo()
        zone = Order._get_timezone_sql('served')
        return SQL(
            """EXISTS (SELECT 1 FROM %(orders)s own(id) JOIN sale_order served ON served.id = own.id
                 WHERE %(promised)s AND (
                 (%(fulfilled_at)s IS NULL
                  AND %(promised_date)s < (%(now)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date)
                 OR %(promised_date)s < (%(end)s AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date))""",
            orders=self._get_served_orders_sql(alias), promised=self._get_promised_sql(),
            fulfilled_at=Order._field_to_sql('served', 'fulfilled_at'),
            promised_date=Order._field_to_sql('served', 'promised_date'),
            now=fields.Datetime.now(), zone=zone,
            end=self._field_to_sql(alias, self._get_document_end_fields()[0], query),
        )

    def _get_promised_sql(self):
        """:return: SQL condition on ``served``, as :meth:`_get_promised_orders`"""
        Order = self.env['sale.order'].sudo()
        return SQL(
            "%s IS NOT NULL AND %s <> 'cancel' AND %s IS NOT NULL", Order._field_to_sql('served', 'policy_id'),
            Order._field_to_sql('served', 'state'), Order._field_to_sql('served', 'promised_date'))

    def _field_to_sql(self, alias, field_expr, query=None):
        # Lists are sorted and grouped by the promised date, which is stored on the orders only.
        if field_expr == 'promised_date':
            self._check_field_access(self._fields[field_expr], 'read')
            return SQL(
                "(SELECT MIN(%s) FROM %s own(id) JOIN sale_order served ON served.id = own.id WHERE %s)",
                self.env['sale.order'].sudo()._field_to_sql('served', 'promised_date'),
                self._get_served_orders_sql(alias), self._get_promised_sql())
        return super()._field_to_sql(alias, field_expr, query)

    # -- access -----------------------------------------------------------------------------------

    def _has_field_access(self, field, operation):
        # Vendors read their purchases over RPC; what customers were promised is not for their eyes.
        return super()._has_field_access(field, operation) and (
            self.env.su or field.name not in self._get_promise_node_names() or self.env.user._is_internal())

    # -- what the order shows of it -----------------------------------------------------------------

    def _prepare_order_row(self):
        """What an order tells about this document to people without access to it.

        :return: dict of texts; ``planned`` and ``done`` are naive UTC moments, or False
        """
        self.ensure_one()
        return {
            'planned': self._get_document_end(),
            'state': self.state,
            'state_label': dict(self._fields['state']._description_selection(self.env))[self.state],
        }

    @api.model
    def _describe_quantity(self, done, total, uom):
        """:return: text such as “4 / 10 Units”"""
        done, total = (
            formatLang(self.env, value, digits=0) if float(value).is_integer()
            else formatLang(self.env, value, dp='Product Unit') for value in (done, total))
        return self.env._("%(done)s / %(total)s %(uom)s", done=done, total=total, uom=uom.name)

    # -- hooks ------------------------------------------------------------------------------------

    @api.model
    def _get_served_order_paths(self):
        """:return: list of the field paths that lead to the orders"""
        return []

    def _get_served_orders(self):
        """:return: the sales orders that these documents serve, under policy or not; to be asked as superuser"""
        orders = self.env['sale.order']
        for path in self._get_served_order_paths():
            orders |= self.mapped(path)
        return orders._origin

    @api.model
    def _get_served_orders_domain(self, orders):
        """:return: Domain of the documents that serve an order of the Domain ``orders``, whoever may read it"""
        domains = []
        for path in self._get_served_order_paths():
            domain = orders
            for name in reversed(path.split('.')):
                domain = Domain(name, 'any!', domain)
            domains.append(domain)
        return Domain.OR(domains)

    def _get_served_orders_sql(self, alias):
        """:return: SQL subquery in parentheses: the ids of the orders that the row ``alias`` serves"""
        raise NotImplementedError

    @api.model
    def _get_document_end_fields(self):
        """:return: list of field names: first the moment at which the document is planned to end, then its state"""
        return []

    @api.model
    def _get_open_document_domain(self):
        """:return: Domain of the documents whose work is not done yet"""
        return Domain('state', 'not in', ('done', 'cancel'))

    def _get_document_end(self):
        """:return: naive UTC moment at which an open document is planned to end; False for others"""
        self.ensure_one()
        return bool(self.filtered_domain(self._get_open_document_domain())) and self[
            self._get_document_end_fields()[0]]

    def _may_serve_governed(self):
        """:return: whether the document's company may have orders under policy at all, without a query"""
        self.ensure_one()
        return self.env['order.policy']._has_governed(self.company_id.id)

    @api.model
    def _get_reference_orders_sql(self, field_name, alias):
        """:return: SQL query of the ids of the orders of the references in a field of the row ``alias``"""
        return self._get_relation_orders_sql(self._fields[field_name], alias)

    @api.model
    def _get_relation_orders_sql(self, field, alias):
        """:return: SQL query, as :meth:`_get_reference_orders_sql`, for a many2many field of any model"""
        sale = self.env['stock.reference']._fields['sale_ids']
        return SQL(
            "SELECT sale.%s FROM %s own JOIN %s sale ON sale.%s = own.%s WHERE own.%s = %s",
            SQL.identifier(sale.column2), SQL.identifier(field.relation), SQL.identifier(sale.relation),
            SQL.identifier(sale.column1), SQL.identifier(field.column2), SQL.identifier(field.column1),
            SQL.identifier(alias, 'id'))

    # -- views --------------------------------------------------------------------------------------

    @api.model
    def get_view(self, view_id=None, view_type='form', **options):
        result = super().get_view(view_id, view_type, **options)
        if not any(self.env['order.policy']._has_governed(company_id) for company_id in self.env.companies.ids):
            # Where no policy was ever in force, the application looks as if this addon were not there.
            arch = etree.fromstring(result['arch'])
            for node in arch.xpath("//*[contains(concat(' ', @class, ' '), ' o_order_promise ')]"):
                node.getparent().remove(node)
            for node in list(arch.iter('field', 'filter', 'label')):
                if (node.get('name') or node.get('for')) in self._get_promise_node_names():
                    node.getparent().remove(node)
            result['arch'] = etree.tostring(arch, encoding='unicode')
        return result

    @api.model
    def _get_promise_node_names(self):
        """:return: set of names of what views show of the orders, where there is a policy"""
        return {
            'sale_order_ids', 'served_order_count', 'promised_date', 'is_promise_late', 'promise_late',
            'group_promised_date', 'payment_obstacle',
        }

    # -- actions --------------------------------------------------------------------------------------

    def action_view_served_orders(self):
        """:return: the action that opens the sales orders that these documents serve"""
        orders = self.sale_order_ids
        action = {
            'name': self.env._("Sales Orders"),
            'type': 'ir.actions.act_window',
            'res_model': 'sale.order',
        }
        if len(orders) == 1:
            return {**action, 'res_id': orders.id, 'views': [(False, 'form')]}
        return {**action, 'views': [(False, 'list'), (False, 'form')], 'domain': [('id', 'in', orders.ids)]}
