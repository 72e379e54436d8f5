from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    def action_new_version(self):
        """Draft the next version of policies that have been adopted: a copy with all rules.

        :return: action that opens the drafts
        :raise AccessError: for people who are no managers of the order lifecycle
        :raise UserError: if a policy is a template or a draft
        """
        self._check_manager()
        for policy in self:
            if policy.is_template:
                raise UserError(self.env._(
                    "“%(policy)s” is a template: use “Adopt a Policy” to create a copy for your company.",
                    policy=policy.name))
            if policy.state == 'draft':
                raise UserError(self.env._(
                    "“%(policy)s” is a draft and can be changed directly.", policy=policy.name))
        return self._action_new_version()._get_records_action(name=self.env._("New Version"))

    def _action_new_version(self):
        """:return: the drafts, one for each policy, created in the person's name"""
        drafts = self.browse()
        for policy in self:
            policy_sudo = policy.sudo()
            drafts |= policy_sudo._acting().copy({
                'previous_id': policy.id, 'version': max(policy_sudo._search_versions().mapped('version')) + 1,
            }).with_env(self.env)
        drafts._message_log_batch(bodies={
            draft.id: self.env._(
                "Version %(version)s, drafted from version %(previous)s.",
                version=draft.version, previous=draft.previous_id.version)
            for draft in drafts
        })
        return drafts

    def action_open_versions(self):
        """:return: action with all versions of the policy, archived ones included"""
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'order.policy',
            'view_mode': 'list,form',
            'domain': [('id', 'in', self.version_ids.ids)],
            'context': {'create': False, 'active_test': False},
            'name': self.env._("Versions"),
        }

    def _search_versions(self):
        """:return: all versions of these policies, archived ones included, in their order"""
        first = {(policy.first_version_id or policy._origin).id for policy in self}
        return self.with_context(active_test=False).search(
            Domain('id', 'in', first) | Domain('first_version_id', 'in', first), order='version, id')

    @api.model
    def _get_rule_fields(self):
        """The fields that are rules, in their order: versions are compared by them.

        :return: list of field names
        """
        left_out = {
            'company_id', 'active', 'sequence', 'calendar_id', 'interpreting_department_id', *models.MAGIC_COLUMNS}
        return [
            name for name, field in self._fields.items()
            if name not in left_out and field.copy and field._module == 'sale_order_lifecycle'
            and (field.store or field.type == 'one2many')
        ]

    @api.model
    def _get_condition_models(self):
        """:return: dict name of a field that holds the text of a domain → name of the model that it is about"""
        return {}

    def _get_version_changes(self):
        """:return: HTML that lists in which rules this policy differs from the version before"""
        self.ensure_one()
        changes = self._get_rule_text().get_changes(self.previous_id.sudo(), self._origin.sudo())
        if not changes:
            return Markup("<p>%s</p>") % self.env._("The rules are the same as in the previous version.")
        return Markup("<ul>%s</ul>") % Markup().join(Markup("<li>%s</li>") % change for change in changes)
