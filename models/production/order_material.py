from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..mixins.arguments import read_id

# What is smaller is no quantity.
EPSILON = 0.00001


class OrderMaterial(models.Model):
    """Material at risk: what a confirmed order needs, itself or for what is made for it, and does not get in time
    (article F2). Nothing is stored: the rows are read from the open moves, the stock and the purchases.

    A move that is chained to others gets what these bring. Everything else is served in the order in which Odoo
    reserves, from what is free in the stock, then from what arrives, whoever it was procured for.
    """
    _name = 'order.material'
    _description = "Material at Risk"
    _auto = False
    _order = 'needed_date, order_id, id'
    _rec_name = 'product_id'
    _allow_sudo_commands = False
    _depends = {
        'mrp.bom': ['product_id', 'product_tmpl_id', 'type', 'company_id', 'active'],
        'mrp.production': ['reference_ids', 'sale_line_id', 'name'],
        'order.policy': ['watches_material', 'calendar_id'],
        'product.product': ['product_tmpl_id'],
        'product.supplierinfo': [
            'partner_id', 'product_id', 'product_tmpl_id', 'delay', 'sequence', 'min_qty', 'company_id', 'date_start',
            'date_end'],
        'product.template': ['is_storable', 'uom_id'],
        'purchase.order': ['partner_id', 'acknowledged', 'state', 'name', 'picking_type_id'],
        'purchase.order.line': ['order_id', 'product_id', 'product_uom_qty', 'date_planned', 'move_dest_ids'],
        'res.company': ['days_to_purchase', 'resource_calendar_id', 'partner_id'],
        'resource.calendar': ['tz'],
        'sale.order': [
            'state', 'policy_id', 'promised_date', 'fulfilled_at', 'stock_reference_ids', 'user_id', 'partner_id',
            'company_id'],
        'sale.order.line': ['order_id'],
        'stock.location': ['usage', 'warehouse_id', 'parent_path'],
        'stock.move': [
            'state', 'product_id', 'product_qty', 'product_uom_qty', 'quantity', 'date', 'priority', 'company_id',
            'location_id', 'location_dest_id', 'location_final_id', 'sale_line_id', 'raw_material_production_id',
            'production_id', 'purchase_line_id', 'reference_ids', 'move_orig_ids', 'move_dest_ids'],
        'stock.picking.type': ['warehouse_id'],
        'stock.quant': ['product_id', 'location_id', 'quantity', 'reserved_quantity'],
        'stock.reference': ['sale_ids'],
        'stock.warehouse': ['lot_stock_id'],
    }

    order_id = fields.Many2one('sale.order', readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    partner_id = fields.Many2one('res.partner', "Customer", readonly=True)
    user_id = fields.Many2one('res.users', "Salesperson", readonly=True)
    order_count = fields.Integer(
        "Orders", readonly=True, help="The confirmed orders for which it is needed; the first promised one is shown.")
    product_id = fields.Many2one('product.product', readonly=True)
    uom_id = fields.Many2one('uom.uom', "Unit", readonly=True)
    quantity = fields.Float(
        "Missing", digits='Product Unit', readonly=True, help="What is not there when it is needed.")
    needed_quantity = fields.Float(
        "Open Demand", digits='Product Unit', readonly=True, help="What is not reserved yet.")
    state = fields.Selection([
        ('missing', "Not Procured"),
        ('requested', "Not Ordered in Time"),
        ('late', "Arrives Late"),
    ], readonly=True, help="Nobody procures it, it is in a request for quotation only and would come too late, or the "
                           "vendor delivers after the day on which it is needed.")
    procurement = fields.Selection([('buy', "Purchased"), ('make', "Manufactured")], "Procured by", readonly=True)
    promised_date = fields.Date(readonly=True)
    needed_date = fields.Date("Needed On", readonly=True, help="The planned start of production, or of the transfer.")
    expected_date = fields.Date(
        "Expected On", readonly=True,
        help="The date of the purchase order, or the day on which the vendor delivers when ordered today.")
    date_source = fields.Selection([
        ('confirmed', "Confirmed by Vendor"),
        ('planned', "Purchase Order"),
        ('lead_time', "Lead Time"),
    ], "Date from", readonly=True)
    days_late = fields.Integer(
        readonly=True, help="Days from when it is needed to when it is expected.")
    vendor_id = fields.Many2one('res.partner', readonly=True)
    # Texts, for those who may not open the documents.
    purchase_name = fields.Char("Purchase Order", readonly=True)
    production_name = fields.Char("Manufacturing Order", readonly=True, help="For which it is needed.")
    purchase_id = fields.Many2one(
        'purchase.order', readonly=True, groups='purchase.group_purchase_user')
    production_id = fields.Many2one('mrp.production', readonly=True, groups='mrp.group_mrp_user')
    warehouse_id = fields.Many2one('stock.warehouse', readonly=True, groups='stock.group_stock_user')

    # -- query ------------------------------------------------------------------------------------

    @property
    def _table_query(self):
        # What a client sends is no tuple.
        order_ids = self.env.context.get('order_material_of')
        return self._get_risk_sql(order_ids if isinstance(order_ids, tuple) else None)

    @api.model
    def _get_risk_sql(self, order_ids=None):
        """:param order_ids: of the ``sale.order`` to look at, all that are watched by default
        :return: SQL query of what is at risk, one row for each open move, with the id of the move"""
        return SQL(
            """WITH %(served)s, %(need)s, %(chained)s, %(pooled)s, %(supplied)s, %(risk)s %(rows)s""",
            served=self._get_served_cte(order_ids), need=self._get_need_cte(), chained=self._get_chained_cte(),
            pooled=self._get_pooled_cte(), supplied=self._get_supplied_cte(), risk=self._get_at_risk_cte(),
            rows=self._get_rows_sql())

    @api.model
    def _get_served_cte(self, order_ids):
        """:return: SQL of the tables ``watched`` (orders) and ``served`` (open move, first promised order, how many)"""
        Move, Production, Order = (self.env[name] for name in ('stock.move', 'mrp.production', 'sale.order'))
        move, production, sale = (
            Move._fields['reference_ids'], Production._fields['reference_ids'], Order._fields['stock_reference_ids'])
        return SQL(
            """watched AS (
                SELECT so.id, so.promised_date, so.user_id, so.partner_id, %(zone)s AS zone
                  FROM sale_order so JOIN order_policy policy ON policy.id = so.policy_id
                 WHERE policy.watches_material AND so.state = 'sale' AND so.fulfilled_at IS NULL AND %(only)s
            ), tied AS (
                SELECT move.id AS move_id, sol.order_id
                  FROM watched JOIN sale_order_line sol ON sol.order_id = watched.id
                  JOIN stock_move move ON move.sale_line_id = sol.id
                 WHERE %(is_open)s
                UNION
                SELECT move.id, watched.id
                  FROM watched JOIN %(sale_rel)s sold ON sold.%(sale_order)s = watched.id
                  JOIN %(move_rel)s moved ON moved.%(move_reference)s = sold.%(sale_reference)s
                  JOIN stock_move move ON move.id = moved.%(move_id)s
                 WHERE %(is_open)s
                UNION
                -- What was added to a manufacturing order by hand has no reference of its own.
                SELECT move.id, watched.id
                  FROM watched JOIN %(sale_rel)s sold ON sold.%(sale_order)s = watched.id
                  JOIN %(production_rel)s made ON made.%(production_reference)s = sold.%(sale_reference)s
                  JOIN stock_move move ON move.raw_material_production_id = made.%(production_id)s
                 WHERE %(is_open)s
                UNION
                SELECT move.id, sol.order_id
                  FROM watched JOIN sale_order_line sol ON sol.order_id = watched.id
                  JOIN mrp_production production ON production.sale_line_id = sol.id
                  JOIN stock_move move ON move.raw_material_production_id = production.id
                 WHERE %(is_open)s
            ), served AS (
                SELECT DISTINCT ON (tied.move_id) tied.move_id, tied.order_id,
                       COUNT(*) OVER (PARTITION BY tied.move_id) AS order_count
                  FROM tied JOIN watched ON watched.id = tied.order_id
                 ORDER BY tied.move_id, watched.promised_date, watched.id
            )""",
            zone=Order._get_timezone_sql('so'),
            only=SQL("TRUE") if order_ids is None else SQL("so.id = ANY(%s)", list(order_ids)),
            is_open=self._get_open_sql('move'),
            move_rel=SQL.identifier(move.relation), move_id=SQL.identifier(move.column1),
            move_reference=SQL.identifier(move.column2),
            production_rel=SQL.identifier(production.relation), production_id=SQL.identifier(production.column1),
            production_reference=SQL.identifier(production.column2),
            sale_rel=SQL.identifier(sale.relation), sale_order=SQL.identifier(sale.column1),
            sale_reference=SQL.identifier(sale.column2))

    @api.model
    def _get_open_sql(self, alias):
        """:return: SQL condition: the move ``alias`` waits for goods"""
        return SQL(
            "%s IN ('waiting', 'confirmed', 'partially_available')", SQL.identifier(alias, 'state'))

    @api.model
    def _get_demand_sql(self, alias):
        """:return: SQL of what the move ``alias`` needs and has not reserved, in the unit of the product"""
        return SQL(
            """CASE WHEN %(done)s IN ('done', 'cancel', 'assigned') THEN 0 ELSE GREATEST(
                %(quantity)s - COALESCE(%(reserved)s, 0) * %(quantity)s / NULLIF(%(own)s, 0), 0) END""",
            done=SQL.identifier(alias, 'state'), quantity=SQL.identifier(alias, 'product_qty'),
            reserved=SQL.identifier(alias, 'quantity'), own=SQL.identifier(alias, 'product_uom_qty'))

    @api.model
    def _get_leaving_sql(self, alias, source):
        """:return: SQL condition: the move ``alias`` takes goods for good from where they lie, ``source`` being its
            location; a move within the warehouse that nothing follows puts them on another shelf only"""
        return SQL(
            """(EXISTS (SELECT 1 FROM stock_move_move_rel next WHERE next.move_orig_id = %(id)s) OR NOT EXISTS (
                SELECT 1 FROM stock_location target
                 WHERE target.id = COALESCE(%(final)s, %(target)s) AND target.usage IN ('internal', 'view')
                   AND target.warehouse_id = %(warehouse)s))""",
            id=SQL.identifier(alias, 'id'), final=SQL.identifier(alias, 'location_final_id'),
            target=SQL.identifier(alias, 'location_dest_id'), warehouse=SQL.identifier(source, 'warehouse_id'))

    @api.model
    def _get_chained_sql(self, alias):
        """:return: SQL condition: the move ``alias`` gets what other moves bring, or what was requested for it"""
        return SQL(
            """(EXISTS (
                SELECT 1 FROM stock_move_move_rel link JOIN stock_move orig ON orig.id = link.move_orig_id
                 WHERE link.move_dest_id = %(id)s AND orig.state <> 'cancel'
            ) OR EXISTS (
                SELECT 1 FROM stock_move_created_purchase_line_rel link
                  JOIN purchase_order_line line ON line.id = link.created_purchase_line_id
                  JOIN purchase_order purchase ON purchase.id = line.order_id
                 WHERE link.move_id = %(id)s AND purchase.state IN ('draft', 'sent', 'to approve')))""",
            id=SQL.identifier(alias, 'id'))

    @api.model
    def _get_need_cte(self):
        """:return: SQL of the table ``need``: the open moves of the orders, each with the day of its order's company"""
        return SQL(
            """need AS MATERIALIZED (
                SELECT move.id, move.product_id, move.company_id, source.warehouse_id, source.parent_path,
                       move.priority, move.date, move.raw_material_production_id, served.order_id, served.order_count,
                       product.product_tmpl_id, template.uom_id, %(demand)s AS demand, %(chained)s AS is_chained,
                       watched.zone, watched.promised_date, watched.user_id, watched.partner_id,
                       %(needed)s AS needed_date, %(today)s AS today
                  FROM served JOIN watched ON watched.id = served.order_id
                  JOIN stock_move move ON move.id = served.move_id
                  JOIN product_product product ON product.id = move.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  JOIN stock_location source ON source.id = move.location_id
                 WHERE template.is_storable AND source.usage = 'internal' AND %(demand)s > %(epsilon)s AND %(leaves)s
            )""",
            demand=self._get_demand_sql('move'), chained=self._get_chained_sql('move'), epsilon=EPSILON,
            needed=self._get_day_sql(SQL("move.date")), today=self._get_day_sql(SQL("%s", fields.Datetime.now())),
            leaves=self._get_leaving_sql('move', 'source'))

    @api.model
    def _get_day_sql(self, moment):
        """:return: SQL of the day of a moment in the time zone of the row"""
        return SQL("((%s)::timestamp AT TIME ZONE 'UTC' AT TIME ZONE watched.zone)::date", moment)

    @api.model
    def _get_requested_date_sql(self):
        """:return: SQL of the moment at which the vendor delivers a ``line`` of a request, a ``purchase``"""
        return SQL(
            """GREATEST(line.date_planned, %(now)s::timestamp + COALESCE((
                SELECT seller.delay FROM product_supplierinfo seller
                  JOIN product_product bought ON bought.id = line.product_id
                 WHERE seller.partner_id = purchase.partner_id AND seller.product_tmpl_id = bought.product_tmpl_id
                   AND (seller.product_id IS NULL OR seller.product_id = bought.id)
                   AND (seller.company_id IS NULL OR seller.company_id = purchase.company_id)
                 ORDER BY seller.sequence, seller.min_qty, seller.id LIMIT 1), 0) * INTERVAL '1 day')""",
            now=fields.Datetime.now())

    @api.model
    def _get_chained_cte(self):
        """:return: SQL of the tables ``feed`` (what brings goods for chained moves), ``brought`` (what has come)
            and ``chain`` (how much of it goes to moves that come first)"""
        return SQL(
            """feed AS (
                SELECT need.id AS need_id, orig.product_qty AS quantity, orig.id AS orig_id, NULL::integer AS asked_id,
                       ordered.date_planned AS date, orig.purchase_line_id AS line_id
                  FROM need JOIN stock_move_move_rel link ON link.move_dest_id = need.id
                  JOIN stock_move orig ON orig.id = link.move_orig_id
                  LEFT JOIN purchase_order_line ordered ON ordered.id = orig.purchase_line_id
                 WHERE need.is_chained AND orig.state NOT IN ('done', 'cancel')
                UNION ALL
                SELECT need.id, line.product_uom_qty, NULL, line.id, %(requested)s, line.id
                  FROM need JOIN stock_move_created_purchase_line_rel link ON link.move_id = need.id
                  JOIN purchase_order_line line ON line.id = link.created_purchase_line_id
                  JOIN purchase_order purchase ON purchase.id = line.order_id
                 WHERE need.is_chained AND purchase.state IN ('draft', 'sent', 'to approve')
            ), sibling AS (
                SELECT feed.need_id, link.move_dest_id AS move_id
                  FROM feed JOIN stock_move_move_rel link ON link.move_orig_id = feed.orig_id
                UNION
                SELECT feed.need_id, link.move_id
                  FROM feed
                  JOIN stock_move_created_purchase_line_rel link ON link.created_purchase_line_id = feed.asked_id
            ), chain AS (
                SELECT need.id AS need_id, COALESCE(SUM(%(demand)s), 0) AS before
                  FROM need LEFT JOIN sibling ON sibling.need_id = need.id AND sibling.move_id <> need.id
                  LEFT JOIN stock_move move ON move.id = sibling.move_id
                        AND (move.priority > need.priority
                             OR move.priority = need.priority AND (move.date, move.id) < (need.date, need.id))
                 WHERE need.is_chained
                 GROUP BY need.id
            ), brought AS (
                -- What has come for them and is not reserved, as far as it lies there.
                SELECT need.id AS need_id, LEAST(
                    (SELECT SUM(COALESCE(orig.quantity * orig.product_qty / NULLIF(orig.product_uom_qty, 0), 0))
                       FROM stock_move_move_rel link JOIN stock_move orig ON orig.id = link.move_orig_id
                      WHERE link.move_dest_id = need.id AND orig.state = 'done')
                    - (SELECT COALESCE(SUM(used.quantity * used.product_qty / NULLIF(used.product_uom_qty, 0)), 0)
                         FROM stock_move used WHERE used.state <> 'cancel' AND used.id IN (
                            SELECT other.move_dest_id FROM stock_move_move_rel link
                              JOIN stock_move orig ON orig.id = link.move_orig_id AND orig.state = 'done'
                              JOIN stock_move_move_rel other ON other.move_orig_id = orig.id
                             WHERE link.move_dest_id = need.id)),
                    (SELECT SUM(quant.quantity - quant.reserved_quantity)
                       FROM stock_quant quant JOIN stock_location place ON place.id = quant.location_id
                      WHERE quant.product_id = need.product_id AND starts_with(place.parent_path, need.parent_path))
                ) AS quantity
                  FROM need WHERE need.is_chained
            )""",
            demand=self._get_demand_sql('move'), requested=self._get_requested_date_sql())

    @api.model
    def _get_pooled_cte(self):
        """:return: SQL of the tables ``place`` (products and warehouses), ``demand`` (what all moves need from them, in
            the order in which Odoo reserves) and ``supply`` (what there is and what arrives)"""
        return SQL(
            """place AS (
                SELECT DISTINCT product_id, warehouse_id FROM need WHERE NOT is_chained AND warehouse_id IS NOT NULL
            ), demand AS (
                SELECT move.id AS need_id, SUM(%(demand)s) OVER (
                           PARTITION BY move.product_id, source.warehouse_id
                           ORDER BY move.priority DESC, move.date, move.id) - %(demand)s AS before
                  FROM place JOIN stock_move move ON move.product_id = place.product_id AND %(is_open)s
                  JOIN stock_location source ON source.id = move.location_id AND source.usage = 'internal'
                        AND source.warehouse_id = place.warehouse_id
                 WHERE NOT %(chained)s AND %(leaves)s
            ), supply AS (
                SELECT place.product_id, place.warehouse_id, NULL::timestamp AS date, NULL::integer AS line_id,
                       (SELECT COALESCE(SUM(quant.quantity - quant.reserved_quantity), 0)
                          FROM stock_quant quant JOIN stock_location shelf ON shelf.id = quant.location_id
                         WHERE quant.product_id = place.product_id
                           AND starts_with(shelf.parent_path, stock.parent_path)) AS quantity
                  FROM place JOIN stock_warehouse warehouse ON warehouse.id = place.warehouse_id
                  JOIN stock_location stock ON stock.id = warehouse.lot_stock_id
                UNION ALL
                SELECT place.product_id, place.warehouse_id, COALESCE(ordered.date_planned, move.date),
                       move.purchase_line_id,
                       GREATEST(move.product_qty - COALESCE((
                           SELECT SUM(%(next_demand)s) FROM stock_move_move_rel link
                             JOIN stock_move next ON next.id = link.move_dest_id
                            WHERE link.move_orig_id = move.id), 0), 0)
                  FROM place JOIN stock_move move ON move.product_id = place.product_id
                        AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                  JOIN stock_location source ON source.id = move.location_id
                  JOIN stock_location target ON target.id = move.location_dest_id AND target.usage = 'internal'
                        AND target.warehouse_id = place.warehouse_id
                  LEFT JOIN purchase_order_line ordered ON ordered.id = move.purchase_line_id
                 WHERE source.usage <> 'internal' OR source.warehouse_id IS DISTINCT FROM place.warehouse_id
                UNION ALL
                SELECT place.product_id, place.warehouse_id, %(requested)s, line.id, line.product_uom_qty
                  FROM place JOIN purchase_order_line line ON line.product_id = place.product_id
                  JOIN purchase_order purchase ON purchase.id = line.order_id
                        AND purchase.state IN ('draft', 'sent', 'to approve')
                  JOIN stock_picking_type kind ON kind.id = purchase.picking_type_id
                        AND kind.warehouse_id = place.warehouse_id
                 WHERE NOT EXISTS (SELECT 1 FROM stock_move_created_purchase_line_rel link
                                    WHERE link.created_purchase_line_id = line.id)
            )""",
            demand=self._get_demand_sql('move'), next_demand=self._get_demand_sql('next'),
            is_open=self._get_open_sql('move'), chained=self._get_chained_sql('move'),
            leaves=self._get_leaving_sql('move', 'source'), requested=self._get_requested_date_sql())

    @api.model
    def _get_supplied_cte(self):
        """:return: SQL of the tables ``supplied`` (what each need may get, sorted) and ``required`` (how much of it has
            to be there)"""
        return SQL(
            """required AS (
                SELECT need.id AS need_id, need.demand + chain.before AS quantity
                  FROM need JOIN chain ON chain.need_id = need.id
                UNION ALL
                SELECT need.id, need.demand + COALESCE(demand.before, 0)
                  FROM need LEFT JOIN demand ON demand.need_id = need.id WHERE NOT need.is_chained
            ), source AS (
                SELECT need_id, quantity, date, line_id FROM feed
                UNION ALL
                SELECT need_id, GREATEST(COALESCE(quantity, 0), 0), NULL, NULL FROM brought
                UNION ALL
                SELECT need.id, supply.quantity, supply.date, supply.line_id
                  FROM need JOIN supply ON supply.product_id = need.product_id
                        AND supply.warehouse_id = need.warehouse_id WHERE NOT need.is_chained
            ), dated AS (
                -- What was to be there before today comes today at the earliest.
                SELECT source.need_id, source.quantity, source.line_id,
                       CASE WHEN source.date IS NOT NULL THEN GREATEST(
                           ((source.date AT TIME ZONE 'UTC') AT TIME ZONE need.zone)::date, need.today) END AS day
                  FROM source JOIN need ON need.id = source.need_id
            ), supplied AS (
                SELECT need_id, line_id, day, quantity, SUM(quantity) OVER (
                           PARTITION BY need_id ORDER BY day NULLS FIRST, line_id NULLS FIRST
                           ROWS UNBOUNDED PRECEDING) AS total
                  FROM dated
            )""")

    @api.model
    def _get_at_risk_cte(self):
        """:return: SQL of the table ``risk``: the needs of which something is not there in time"""
        return SQL(
            """risk AS (
                SELECT need.*, LEAST(need.demand, required.quantity - COALESCE(timely.total, 0)) AS missing,
                       arrival.line_id, arrival.day, arrival.need_id IS NULL AS is_missing
                  FROM need JOIN required ON required.need_id = need.id
                  LEFT JOIN LATERAL (
                      -- What is made in the house is for its own manufacturing order to be late.
                      SELECT SUM(supplied.quantity) AS total FROM supplied WHERE supplied.need_id = need.id
                         AND (supplied.day IS NULL OR supplied.line_id IS NULL OR supplied.day <= need.needed_date)
                  ) timely ON TRUE
                  LEFT JOIN LATERAL (
                      SELECT supplied.need_id, supplied.line_id, supplied.day FROM supplied
                       WHERE supplied.need_id = need.id AND supplied.total >= required.quantity - %(epsilon)s
                       ORDER BY supplied.day NULLS FIRST, supplied.line_id NULLS FIRST LIMIT 1
                  ) arrival ON TRUE
                 WHERE required.quantity - COALESCE(timely.total, 0) > %(epsilon)s
            )""",
            epsilon=EPSILON)

    @api.model
    def _get_rows_sql(self):
        """:return: SQL of the rows, from the tables above"""
        return SQL(
            """SELECT risk.id, risk.order_id, risk.company_id, risk.partner_id, risk.user_id, risk.order_count,
                      risk.product_id, risk.uom_id, risk.missing AS quantity, risk.demand AS needed_quantity,
                      CASE WHEN risk.is_missing THEN 'missing'
                           WHEN purchase.state IN ('draft', 'sent', 'to approve') THEN 'requested'
                           ELSE 'late' END AS state,
                      CASE WHEN purchase.id IS NULL AND seller.partner_id IS NULL AND EXISTS (
                          SELECT 1 FROM mrp_bom bom WHERE bom.active AND bom.type = 'normal'
                             AND bom.product_tmpl_id = risk.product_tmpl_id
                             AND (bom.product_id IS NULL OR bom.product_id = risk.product_id)
                             AND (bom.company_id IS NULL OR bom.company_id = risk.company_id)
                      ) THEN 'make' ELSE 'buy' END AS procurement,
                      risk.promised_date, risk.needed_date, expected.day AS expected_date,
                      CASE WHEN purchase.state IN ('draft', 'sent', 'to approve')
                                OR risk.is_missing AND expected.day IS NOT NULL THEN 'lead_time'
                           WHEN purchase.acknowledged THEN 'confirmed'
                           WHEN purchase.id IS NOT NULL THEN 'planned' END AS date_source,
                      GREATEST(expected.day - risk.needed_date, 0) AS days_late,
                      COALESCE(purchase.partner_id, seller.partner_id) AS vendor_id,
                      purchase.id AS purchase_id, purchase.name AS purchase_name,
                      production.id AS production_id, production.name AS production_name, risk.warehouse_id
                 FROM risk
                 LEFT JOIN purchase_order_line line ON line.id = risk.line_id AND NOT risk.is_missing
                 LEFT JOIN purchase_order purchase ON purchase.id = line.order_id
                 LEFT JOIN mrp_production production ON production.id = risk.raw_material_production_id
                 LEFT JOIN res_company company ON company.id = risk.company_id
                 LEFT JOIN LATERAL (
                     SELECT info.partner_id, info.delay FROM product_supplierinfo info
                      WHERE info.product_tmpl_id = risk.product_tmpl_id
                        AND (info.product_id IS NULL OR info.product_id = risk.product_id)
                        AND (info.company_id IS NULL OR info.company_id = risk.company_id)
                        AND (info.date_start IS NULL OR info.date_start <= risk.today)
                        AND (info.date_end IS NULL OR info.date_end >= risk.today)
                      ORDER BY info.sequence, info.min_qty, info.price, info.id LIMIT 1
                 ) seller ON TRUE
                 CROSS JOIN LATERAL (SELECT CASE WHEN NOT risk.is_missing THEN risk.day
                     WHEN seller.partner_id IS NOT NULL
                     THEN risk.today + CEIL(seller.delay + COALESCE(company.days_to_purchase, 0))::integer END AS day
                 ) expected""")

    # -- reading ----------------------------------------------------------------------------------

    @api.model
    def _find_at_risk(self, orders):
        """What is at risk for some orders, without a look at the others; as superuser.

        :param orders: ``sale.order``
        :return: rows of this model
        """
        watched = orders.sudo().filtered(lambda order: order.state == 'sale' and order.policy_id.watches_material)
        rows = self.sudo().with_context(order_material_of=tuple(watched.ids))
        # What was read before may have changed in the same transaction.
        rows.invalidate_model(flush=False)
        return rows.search([]) if watched else rows

    # -- actions ----------------------------------------------------------------------------------

    def _get_one(self):
        """:return: the one row that an action is about, as it is now
        :raise UserError: where there is none
        """
        self._check_one()
        # Asked as the person: what one may not see is not there.
        row = self.search([('id', '=', read_id(self.id))])
        if not row:
            raise UserError(self.env._("This is not at risk any more. Reload the list."))
        return row

    def action_open_order(self):
        """:return: the action that opens the order for which this is needed"""
        return self._get_one().order_id._open_records()

    def action_open_purchase(self):
        """:return: the action that opens the purchase that brings this too late
        :raise UserError: where it is not purchased
        """
        row = self._get_one()
        purchase = row.sudo().purchase_id.sudo(False)
        if not purchase:
            raise UserError(self.env._("%(product)s is in no purchase order yet.", product=row.product_id.display_name))
        purchase.check_access('read')
        return purchase._open_records()

    def action_replenish(self):
        """:return: the action of Odoo's dialog that procures what is missing
        :raise AccessError: for who may not do so
        """
        row = self._get_one()
        self.env['product.replenish'].check_access('create')
        row_sudo = row.sudo()
        return {
            **self.env['ir.actions.actions']._for_xml_id('stock.action_product_replenish'),
            'context': {
                'default_product_id': row_sudo.product_id.id, 'default_warehouse_id': row_sudo.warehouse_id.id,
                'default_company_id': row_sudo.company_id.id, 'default_quantity': row_sudo.quantity,
            },
        }
