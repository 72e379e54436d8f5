from odoo import api, models, tools


class OrderPolicy(models.Model):
    """Whether a policy is, or ever was, in force where somebody belongs; else everything stays as in plain Odoo."""
    _inherit = 'order.policy'

    @api.model
    def _is_within_reach(self):
        """Whether a company of the person works, or has worked, under a policy.

        :return: bool; asked for each field of an order, so that it costs no query
        """
        return self._have_had_policy(tuple(sorted(self.env.user._get_company_ids())))

    @api.model
    @tools.ormcache('company_ids')
    def _have_had_policy(self, company_ids):
        """:return: bool, whether one of the companies, a tuple of ids, has ever put a policy in force"""
        return bool(self.sudo().with_context(active_test=False).search_count(
            [('company_id', 'in', company_ids), ('state', '!=', 'draft')], limit=1))

    @api.model
    def _forget_reach(self):
        """Policies have taken or lost force, or are another company's: what was kept of them is asked anew."""
        self.env.registry.clear_cache()
