from datetime import timedelta

from odoo import Command, api, fields, models

from .order_link_mixin import CORE_PROCURING


class StockRule(models.Model):
    _inherit = 'stock.rule'

    @api.model
    def run(self, procurements, raise_user_error=True):
        # Routes may lead through other companies and addresses; what core makes along them is as it was approved.
        if not self.env['order.policy']._has_any_governed():
            return super().run(procurements, raise_user_error=raise_user_error)
        return super(StockRule, CORE_PROCURING.put(self)).run(procurements, raise_user_error=raise_user_error)

    def _run_push(self, move):
        if not self.env['order.policy']._has_any_governed():
            return super()._run_push(move)
        new_move = super(StockRule, CORE_PROCURING.put(self))._run_push(CORE_PROCURING.put(move))
        return new_move and CORE_PROCURING.take_off(new_move, move.sudo())

    def _prepare_mo_vals(self, product_id, product_qty, product_uom, location_dest_id, name, origin, company_id,
                         values, bom):
        vals = super()._prepare_mo_vals(
            product_id, product_qty, product_uom, location_dest_id, name, origin, company_id, values, bom)
        # What is made for an order line ends on the day that production has confirmed (article F1); its own
        # components follow from its start, as core plans them.
        if values.get('sale_line_id') and self.env['order.policy']._has_governed(company_id.id):
            line_sudo = self.env['sale.order.line'].sudo().browse(values['sale_line_id'])
            if planned := line_sudo.order_id._get_planned_moment('production'):
                # As core plans without operations; with some the start moves when their duration is known.
                duration = timedelta(days=bom.produce_delay) or timedelta(hours=1)
                vals.update(date_start=planned - duration, date_finished=planned)
        return vals

    def _prepare_purchase_order(self, company_id, origins, values):
        vals = super()._prepare_purchase_order(company_id, origins, values)
        # Core names every origin, yet refers to the first order only when a new purchase serves several.
        if len(values) > 1 and self.env['order.policy']._has_governed(company_id.id):
            references = self.env['stock.reference'].union(
                *(value['reference_ids'] for value in values if value.get('reference_ids')))
            vals['reference_ids'] = [Command.set(references.ids)]
        return vals

    def _get_push_new_date(self, move):
        new_date = super()._get_push_new_date(move)
        # The last step of a delivery is born when the goods are picked, and still has its confirmed day.
        if self.env['order.policy']._has_governed(move.company_id.id) and move._is_customer_location(
                self.location_dest_id):
            order_sudo = move.sudo().sale_line_id.order_id
            planned = order_sudo and order_sudo._get_planned_moment('delivery')
            if planned and planned > fields.Datetime.to_datetime(new_date):
                return fields.Datetime.to_string(planned)
        return new_date
