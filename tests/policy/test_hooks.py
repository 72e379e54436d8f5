from odoo.tests import tagged

from ...hooks import uninstall_hook
from .common import PolicyCommon


@tagged('post_install', '-at_install')
class TestUninstallHook(PolicyCommon):

    def test_uninstall_hook(self):
        """Roles with their own groups and searches that name what goes are removed, everything else stays."""
        role = self.env['order.role'].create({'name': "Engineering", 'code': 'engineering'})
        self.policy.responsibility_ids[0].role_id = role
        own_group = role.group_id
        filters = self.env['ir.filters'].create([
            {'name': name, 'model_id': model, 'domain': domain, 'context': context}
            for name, model, domain, context in (
                ("Policies", 'order.policy', '[]', '{}'),
                ("By phase", 'sale.order', '[]', "{'group_by': ['lifecycle_phase']}"),
                ("Of the policy", 'sale.order', "[('policy_id.name', 'ilike', 'x')]", '{}'),
                ("Drafts", 'sale.order', "[('state', '=', 'draft')]", "{'group_by': ['partner_id']}"),
            )
        ])
        exports = self.env['ir.exports'].create([
            {'name': "Policies", 'resource': 'order.policy', 'export_fields': [(0, 0, {'name': 'name'})]},
            {'name': "Orders", 'resource': 'sale.order', 'export_fields': [
                (0, 0, {'name': 'name'}), (0, 0, {'name': 'policy_id/name'})]},
        ])
        groups = self.env['res.groups'].search_count([])
        self.env['order.channel'].create({
            'name': "Mailbox", 'code': 'mailbox', 'kind': 'email', 'alias_name': 'uninstalled-orders'})
        self.assertTrue(self.env['ir.sequence'].search([('code', '=', 'order.ticket')]))
        self.assertTrue(self.env['mail.alias'].search([('alias_name', '=', 'uninstalled-orders')]))
        uninstall_hook(self.env)
        self.assertFalse(self.env['mail.alias'].search([('alias_name', '=', 'uninstalled-orders')]))
        self.assertFalse(self.env['ir.sequence'].search([('code', '=', 'order.ticket')]))
        self.assertFalse(self.env['order.role'].with_context(active_test=False).search([]))
        self.assertFalse(own_group.exists())
        self.assertEqual(self.env['res.groups'].search_count([]), groups - 1)
        self.assertEqual(filters.exists().mapped('name'), ["Drafts"])
        self.assertEqual(exports.exists().mapped('name'), ["Orders"])
        self.assertEqual(exports.exists().export_fields.mapped('name'), ['name'])
