from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class MrpProduction(models.Model):
    _name = 'mrp.production'
    _inherit = ['mrp.production', 'order.document.mixin']

    # Orders look for their manufacturing orders.
    sale_line_id = fields.Many2one(index='btree_not_null')

    # -- sales orders ---------------------------------------------------------------------------

    @api.model
    def _get_served_order_paths(self):
        # Only the topmost has an order line; what is made for it shares its references.
        return ['reference_ids.sale_ids', 'sale_line_id.order_id']

    def _get_served_orders_sql(self, alias):
        return SQL(
            "(%s UNION ALL SELECT line.order_id FROM sale_order_line line WHERE line.id = %s)",
            self._get_reference_orders_sql('reference_ids', alias), self._field_to_sql(alias, 'sale_line_id'))

    @api.model
    def _get_document_end_fields(self):
        return ['date_finished', 'state']

    def _get_order_shares(self):
        """How much of this manufacturing order is for each of the sales orders that it serves; as superuser.

        :return: dict order id → float between 0 and 1
        """
        self.ensure_one()
        orders = self._get_served_orders()
        if len(orders) == 1:
            return {orders.id: 1.0}
        main = self.move_finished_ids.filtered(lambda move: move.product_id == self.product_id)
        return main.move_dest_ids._get_order_shares(orders, self.product_uom_qty)

    def _prepare_order_row(self):
        self.ensure_one()
        return {
            **super()._prepare_order_row(),
            'kind': 'production',
            'kind_label': self.env._("Production"),
            'subject': self.product_id.display_name,
            'quantity': self._describe_quantity(self.qty_produced, self.product_qty, self.product_uom_id),
            'done': self.state == 'done' and self.date_finished,
        }

    # -- plan -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        productions = super().create(vals_list)
        for production, vals in zip(productions, vals_list):
            if vals.get('sale_line_id') and vals.get('date_finished') and production._may_serve_governed():
                # The end is the day that production has confirmed; only now the duration is known.
                end = fields.Datetime.to_datetime(vals['date_finished'])
                if end == production.sudo().sale_line_id.order_id._get_planned_moment('production'):
                    production._plan_end(end)
        return productions

    def _plan_confirmed_end(self):
        """Plan what is made for order lines to end on the day that production has confirmed, where there is one."""
        for production in self:
            order_sudo = production._may_serve_governed() and production.sudo().sale_line_id.order_id
            if order_sudo and order_sudo.state == 'sale' and (end := order_sudo._get_planned_moment('production')):
                production._plan_end(end)

    def _plan_end(self, end):
        """Plan this manufacturing order so that it ends at a moment; its components are needed at its start."""
        self.ensure_one()
        start = end - self._get_planned_duration()
        if (self.date_start, self.date_finished) != (start, end):
            self.write({'date_start': start, 'date_finished': end})

    def _get_planned_duration(self):
        """:return: timedelta from start to end, as core plans it"""
        self.ensure_one()
        if self.bom_id.produce_delay:
            return timedelta(days=self.bom_id.produce_delay)
        return timedelta(minutes=sum(self.workorder_ids.mapped('duration_expected')) or 60)

    def _get_backorder_mo_vals(self):
        vals = super()._get_backorder_mo_vals()
        # What is left keeps the plan, as somebody may have changed it meanwhile, while it lies ahead.
        order_sudo = self._may_serve_governed() and self.sudo().sale_line_id.order_id
        if (
            order_sudo and order_sudo._get_planned_moment('production')
            and self.date_finished and self.date_finished > fields.Datetime.now()
        ):
            vals.update(date_start=self.date_start, date_finished=self.date_finished)
        return vals

    # -- what may be produced -------------------------------------------------------------------

    @api.constrains('sale_line_id')
    def _check_order_accepted(self):
        """Nothing is produced for an order that is not accepted (article F1), whoever makes the order.

        What remains of a manufacturing order goes on: its order was accepted when it began.
        """
        for production in self.sudo():
            order = production.sale_line_id.order_id
            if order.policy_id and order.state in ('draft', 'sent') and not production._is_rest_of_production():
                raise order._get_production_error()

    def _is_rest_of_production(self, states=None):
        """Whether an earlier manufacturing order for the same order line has left this one over.

        :param states: of the earlier one; all by default
        """
        self.ensure_one()
        return any(
            other.sale_line_id == self.sale_line_id and other.backorder_sequence < self.backorder_sequence
            and (states is None or other.state in states)
            for other in self.production_group_id.production_ids - self)
