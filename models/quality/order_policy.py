from odoo import api, fields, models
from odoo.tools import ormcache


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    inspection_plan_ids = fields.One2many(
        'order.inspection.plan', 'policy_id', string="Inspection Plans", copy=True)
    require_inspection = fields.Boolean(
        help="Products for which an inspection plan applies are only delivered as far as they have passed. Goods "
             "without an inspection plan are listed for quality.")
    concession_role_id = fields.Many2one(
        'order.role', string="Concession By", ondelete='restrict',
        help="The role that can release products which failed an inspection; nobody if empty.")

    # -- CRUD -----------------------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(('inspection_plan_ids', 'require_inspection')):
            self._forget_reach()
        return result

    # -- business -------------------------------------------------------------------------------

    @api.model
    @ormcache()
    def _get_inspecting_ids(self):
        """Which policies let anything be inspected: for goods of others nothing is asked.

        :return: frozenset of ids of ``order.policy``, without a query once it is known
        """
        adopted = self.sudo().with_context(active_test=False).search(
            [('company_id', '!=', False), ('state', '!=', 'draft')])
        plans = self.env['order.inspection.plan'].sudo().search([('policy_id', 'in', adopted.ids)])
        return frozenset((plans.policy_id | adopted.filtered('require_inspection')).ids)

    @api.model
    @ormcache()
    def _get_requiring_ids(self):
        """:return: frozenset of ids of the adopted policies under which nothing is delivered that has not passed"""
        return frozenset(self.sudo().with_context(active_test=False).search([
            ('company_id', '!=', False), ('state', '!=', 'draft'), ('require_inspection', '=', True)]).ids)

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        plans = self.inspection_plan_ids.filtered('active').sorted()
        provisions = self._get_report_inspection_provisions()
        if plans or provisions:
            chapters.append({
                'sequence': 50, 'title': self.env._("Inspection of Products"),
                'template': 'sale_order_lifecycle.report_policy_inspection', 'plans': plans,
                'provisions': provisions,
            })
        return chapters

    def _get_report_inspection_provisions(self):
        """:return: list of translated sentences: what is not delivered, and who may release what failed"""
        self.ensure_one()
        provisions = []
        if self.require_inspection:
            provisions += [
                self.env._(
                    "Products for which an inspection plan applies are not delivered before they have passed. What has "
                    "not been inspected or has failed stays in the warehouse and is not used in production."),
                self.env._("Goods without an inspection plan are reported to the quality department."),
            ]
        if self.concession_role_id:
            provisions.append(self.env._(
                "Products that failed can be released by %(role)s only, with a reason.",
                role=self.concession_role_id.sudo().name))
        return provisions
