from odoo import models
from odoo.fields import Command


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def action_open_customer_choice(self):
        """:return: the action that asks which of several customers the sender of this order is
        :raise AccessError: for people who are no sales staff
        """
        self._check_one()
        self._check_lifecycle_sales()
        self.check_access('write')
        choice = self.env['order.customer.choice'].create({
            'order_id': self.id,
            # Only those that the person may read.
            'line_ids': [
                Command.create({'partner_id': partner.id})
                for partner in self.customer_candidate_ids._filtered_access('read')],
        })
        return {
            **choice._get_records_action(name=self.env._("Who Is the Customer?"), target='new'),
            'views': [(False, 'form')],
            # Namesakes differ in the other columns.
            'context': {**self.env.context, 'dialog_size': 'extra-large'},
        }
