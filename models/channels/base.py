from odoo import api, models
from odoo.exceptions import AccessError

from . import order_file

MODULE = 'sale_order_lifecycle'


class Base(models.AbstractModel):
    _inherit = 'base'

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su and self.env['sale.order']._is_intake_machine() and (
                self.env['ir.rule']._get_intake_machine_domain(self._name).is_false()):
            # A form tells of what it names as superuser.
            raise AccessError(self.env._(
                "Members of the group Intake API can only submit orders and open no forms."))
        return super().onchange(values, field_names, fields_spec)

    def export_data(self, fields_to_export):
        """Lists of the ledger hold what outsiders have sent; in a spreadsheet it calculates nothing."""
        result = super().export_data(fields_to_export)
        if self._may_contain_external_text() and self._contains_external_text():
            result['datas'] = [[order_file.guard_cell(cell) for cell in row] for row in result['datas']]
        return result

    @api.model
    def _may_contain_external_text(self):
        """:return: whether this is a model of the addon, or one of orders where a company has a policy in force"""
        if self._name in ('sale.order', 'sale.order.line'):
            return bool(self.env.companies.sudo().order_policy_id)
        return self._original_module == MODULE

    def _contains_external_text(self):
        """:return: whether any of these records is one of the addon, or an order in its ledger"""
        orders = {'sale.order': lambda: self, 'sale.order.line': lambda: self.order_id}.get(self._name)
        return not orders or any(order.policy_id or order.channel_id for order in orders().sudo())
