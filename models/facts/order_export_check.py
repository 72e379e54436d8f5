from odoo import api, fields, models
from odoo.exceptions import AccessError


class OrderExportCheck(models.Model):
    """A check of a customer against export rules and lists of sanctions (article R3).

    Legal records it from a review; it counts for the later orders of the customer in the company, too.
    Rows are neither changed nor deleted: the last one counts.
    """
    _name = 'order.export.check'
    _inherit = ['order.guarded.mixin']
    _description = "Export and Sanctions Check"
    _order = 'checked_at desc, id desc'
    _rec_name = 'partner_id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True

    partner_id = fields.Many2one(
        'res.partner', string="Customer", required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True, ondelete='restrict')
    order_id = fields.Many2one('sale.order', readonly=True, index='btree_not_null', ondelete='set null')
    result = fields.Selection(
        [('clear', "Nothing Found"), ('conditions', "With Conditions"), ('refused', "Business Prohibited")],
        required=True, readonly=True)
    note = fields.Text(readonly=True)
    checked_by_id = fields.Many2one('res.users', required=True, readonly=True, ondelete='restrict')
    checked_at = fields.Datetime(required=True, readonly=True)

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | set(self._fields)

    @api.model
    def _get_last_checks(self, customers):
        """:param customers: commercial partners
        :return: dict ``res.partner`` → the last check in the present company; customers without one are missing"""
        checks = {}
        for check in self.search([('partner_id', 'in', customers.ids), ('company_id', '=', self.env.company.id)]):
            checks.setdefault(check.partner_id, check)
        return checks

    @api.model
    def _check_legal(self):
        """:raise AccessError: unless the person acts for legal; asked of ``env.user`` whatever ``env.su`` is"""
        if not self.env['order.role']._get_by_code('legal')._includes(self.env.user):
            raise AccessError(self.env._("Only members of the legal department can record export and sanctions checks. "
                                         "Ask one of them."))

    @api.model
    def _prepare_check_vals(self, order, result, note):
        """:return: values of the check of the customer of an order"""
        return {
            'partner_id': order.partner_id.commercial_partner_id.id,
            'company_id': order.company_id.id,
            'order_id': order.id,
            'result': result,
            'note': note,
            'checked_by_id': self.env.uid,
            'checked_at': fields.Datetime.now(),
        }
