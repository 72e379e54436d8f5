from odoo import api, models
from odoo.exceptions import UserError


class MrpProduction(models.Model):
    _name = 'mrp.production'
    _inherit = ['mrp.production', 'order.link.mixin']

    def _get_open_for_orders(self):
        # What was made for an order is on its record afterwards, too.
        return self.sudo()

    def _get_order_links(self):
        links = {}
        for production in self:
            if orders := production._get_tied_orders():
                links[production.id] = {(order_id, 'order') for order_id in orders.ids}
        return links

    def _get_tied_orders(self):
        if not self.env['order.policy']._has_any_governed():
            return self.env['sale.order']
        return self._get_served_orders().filtered(lambda order: order.policy_id and order.state == 'sale')

    def _get_link_error(self, order):
        if self.state == 'done':
            return UserError(self.env._(
                "%(document)s is done and was made for %(order)s, so it remains linked to the order.",
                document=self.display_name, order=order.name))
        return super()._get_link_error(order)

    def _get_tie_siblings(self):
        return self.production_group_id.production_ids

    @api.model_create_multi
    def create(self, vals_list):
        productions = super().create(vals_list)
        productions._check_ties()
        return productions

    def write(self, vals):
        if 'state' in vals and vals['state'] != 'done':
            self._check_done_kept()
        elif 'state' in vals and self.env['order.policy']._has_any_governed():
            self.filtered(lambda production: any(
                move.state not in ('done', 'cancel') for move in production.move_raw_ids | production.move_finished_ids
            ))._check_made_by_moves()
        if vals.keys().isdisjoint({'sale_line_id', 'reference_ids', 'company_id'}):
            return super().write(vals)
        with self._order_links_kept():
            return super().write(vals)

    def _check_done_kept(self):
        """:raise UserError: when a person would call a manufacturing order for an order under policy not done"""
        done = self.sudo().filtered(lambda production: production.state == 'done')
        if done and not self._is_system_recording():
            for production_id, ties in done._get_order_links().items():
                raise done.browse(production_id)._get_link_error(self.env['sale.order'].sudo().browse(min(ties)[0]))

    def _check_made_by_moves(self):
        """A manufacturing order is done when its moves are; core lets none end in another way.

        :raise ValidationError: when a person would call one done that waits for a payment
        :raise UserError: when it is for an order under policy
        """
        if self._is_system_recording():
            return
        self._filter_not_begun()._check_served_orders()
        for production in self.sudo():
            if order := production._get_ruling_orders().filtered(
                    lambda order: order.policy_id and order.state == 'sale')[:1]:
                raise UserError(self.env._(
                    "%(document)s is made for %(order)s. Produce it to set it to done.",
                    document=production.display_name, order=order.name))
