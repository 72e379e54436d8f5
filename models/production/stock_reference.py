from contextlib import ExitStack

from odoo import api, models


class StockReference(models.Model):
    _inherit = 'stock.reference'

    @api.model_create_multi
    def create(self, vals_list):
        references = super().create(vals_list)
        # Most are born without documents.
        given = set().union(self.env.context, *vals_list)
        if any(given & {name, f'default_{name}'} for name in ('move_ids', 'production_ids')):
            references._check_new_ties()
        return references

    def write(self, vals):
        # Every employee may write references, and orders and documents know each other by them.
        if vals.keys().isdisjoint({'sale_ids', 'move_ids', 'production_ids', 'purchase_ids'}):
            return super().write(vals)
        before = self.sudo()._get_documents_of_orders()
        with ExitStack() as kept:
            kept.enter_context(self.sudo().purchase_ids._orders_kept())
            for documents in before:
                kept.enter_context(documents._order_links_kept())
            result = super().write(vals)
        self._check_new_ties(before)
        return result

    def _check_new_ties(self, before=()):
        """:param before: what :meth:`_get_documents_of_orders` returned before documents were added
        :raise UserError: with the first added document that is tied to an order otherwise than was approved
        """
        if self.env['stock.move']._are_ties_judged():
            for documents in self.sudo()._get_documents_of_orders():
                for known in before:
                    documents -= known if known._name == documents._name else documents.browse()
                documents._check_ties()

    def _get_documents_of_orders(self):
        """:return: list of recordsets of the documents that keep their orders, as superuser"""
        return [self.move_ids, self.production_ids]
