from odoo import models


class ChangeProductionQty(models.TransientModel):
    _inherit = 'change.production.qty'

    def change_prod_qty(self):
        result = super().change_prod_qty()
        # An order that is confirmed again enlarges what is still there from before, and core keeps the day of then.
        # A person who changes the quantity of a manufacturing order changes no plan by it.
        if self.env.context.get('skip_activity'):
            self.mo_id._plan_confirmed_end()
        return result
