from odoo import fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = 'stock.picking'

    def _action_done(self):
        with self.env['stock.move']._core_records_facts():
            return super()._action_done()

    def write(self, vals):
        if 'date_done' in vals:
            self._check_date_done(fields.Datetime.to_datetime(vals['date_done']) or False)
        return super().write(vals)

    def _check_date_done(self, moment):
        """:raise UserError: when a person would move the day of a delivery for an order under policy"""
        if self.env.su or self.env['stock.move']._is_core_recording():
            return
        for picking in self.sudo():
            if picking.date_done != moment and picking.move_ids._get_delivery_facts():
                raise UserError(self.env._(
                    "%(transfer)s was delivered for %(order)s, and its date stays on record as it happened. "
                    "Note in the chatter what there is to say about it.",
                    transfer=picking.name, order=picking.move_ids.sale_line_id.order_id[:1].name))
