from odoo import models
from odoo.fields import Domain

ORDER_MODELS = ('sale.order', 'sale.order.line')


class IrAttachment(models.Model):
    """A machine reads the orders that it has submitted, and no paper that the company keeps with them."""
    _inherit = 'ir.attachment'

    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not bypass_access and self.env['sale.order']._is_intake_machine():
            domain = Domain(domain) & Domain('res_model', 'not in', ORDER_MODELS)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _inaccessible_comodel_records(self, model_and_ids, operation):
        yield from super()._inaccessible_comodel_records(model_and_ids, operation)
        if self.env['sale.order']._is_intake_machine():
            for model in ORDER_MODELS:
                for res_id in model_and_ids.get(model, ()):
                    yield model, res_id
