from odoo import api, models, tools


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    @api.model
    @tools.ormcache('company_id')
    def _has_governed(self, company_id):
        """Whether a company may have orders under policy: where none was ever in force, documents ask no further.

        :param company_id: id of a ``res.company``, or False
        :return: bool, without a query once it is known
        """
        return bool(company_id and self.sudo().with_context(active_test=False).search_count(
            [('company_id', '=', company_id), ('state', '!=', 'draft')], limit=1))

    def _action_adopt(self):
        result = super()._action_adopt()
        self.env.registry.clear_cache()
        return result
