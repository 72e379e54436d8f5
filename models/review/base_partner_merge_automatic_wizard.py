from odoo import api, models
from odoo.fields import Domain


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Contacts that are one are merged, and core moves their orders in the database, below every rule.

    That stays possible, and approvals stay. Each order tells it, and one whose customer has another tax id now is
    another customer's: its review begins again as long as it is not confirmed.
    """
    _inherit = 'base.partner.merge.automatic.wizard'

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        orders_sudo = self._get_orders_to_follow(partner_ids)
        before = orders_sudo._get_partner_identities()
        result = super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)
        left = self.env['res.partner'].browse(partner_ids).exists()
        if orders_sudo and len(left) == 1:
            # Core has written below the cache.
            self.env.flush_all()
            self.env.invalidate_all()
            orders_sudo._follow_merged_partners(before, dict.fromkeys(set(partner_ids) - set(left.ids), left.id))
        return result

    @api.model
    def _get_orders_to_follow(self, partner_ids):
        """:return: the orders under policy of these contacts and of those below them, of every company, as superuser"""
        Order = self.env['sale.order'].sudo()
        if not self.env['order.policy'].sudo().with_context(active_test=False).search_count(
                [('company_id', '!=', False)], limit=1):
            return Order
        partners = self.env['res.partner'].sudo().with_context(active_test=False).search(
            [('id', 'child_of', list(partner_ids))])
        return Order.search(Domain('policy_id', '!=', False) & Domain.OR([
            Domain(name, 'in', partners.ids) for name in Order._get_partner_names()]))
