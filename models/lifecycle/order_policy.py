from odoo import models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    def _action_adopt(self):
        result = super()._action_adopt()
        # From the first adoption on the people of the company see the application.
        self.env.registry.clear_cache()
        return result

    def _action_retire(self):
        result = super()._action_retire()
        # And without one the menu does not offer to read it.
        self.env.registry.clear_cache()
        return result
