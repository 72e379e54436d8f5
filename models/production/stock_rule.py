from datetime import timedelta

from odoo import Command, models


class StockRule(models.Model):
    _inherit = 'stock.rule'

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
