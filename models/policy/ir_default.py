from odoo import SUPERUSER_ID, api, models

# What documents of Odoo tell as a fact, beside the fields that nobody enters: whoever could have it filled by an own
# default would state what has not happened.
FACTS = {
    'account.move': {'invoice_pdf_report_file'},
    'account.move.line': {'sale_line_ids'},
    'account.payment': set(),
    'mail.message': {'date', 'author_id', 'email_from', 'model', 'res_id'},
    'mrp.production': {'sale_line_id', 'reference_ids'},
    'payment.transaction': {'sale_order_ids', 'invoice_ids'},
    'purchase.order': {'reference_ids'},
    'repair.order': {'sale_order_id', 'sale_order_line_id'},
    'stock.move': {
        'repair_id', 'repair_line_type', 'sale_line_id', 'reference_ids', 'date', 'origin_returned_move_id',
        'to_refund', 'bom_line_id',
    },
    'stock.move.line': {'date'},
    'stock.picking': {'sale_id', 'date_done'},
}


class IrDefault(models.Model):
    _inherit = 'ir.default'

    @api.model
    def _get_model_defaults(self, model_name, condition=False):
        """Defaults of a person state no facts in documents that core makes in that person's name. And what is made as
        superuser in the name of a person gets nothing that this person could not enter: the own defaults of that
        person, which every employee keeps for whatever field, are left out."""
        defaults = super()._get_model_defaults(model_name, condition=condition)
        if not defaults or not self.env['order.policy']._is_governed_person():
            return defaults
        if self.env.su and not self.env.user._is_superuser():
            everybody = self.with_user(SUPERUSER_ID).with_company(self.env.company)
            defaults = super(IrDefault, everybody)._get_model_defaults(model_name, condition=condition)
        if model_name in FACTS:
            facts = self._get_facts(model_name)
            return {name: value for name, value in defaults.items() if name not in facts}
        return defaults

    @api.model
    def _get_facts(self, model_name):
        """:return: set of names of the fields of a model of Odoo that no default of a person fills"""
        return FACTS[model_name] | {
            name for name, field in self.env[model_name]._fields.items()
            if field.store and (field.readonly or name == 'state')}
