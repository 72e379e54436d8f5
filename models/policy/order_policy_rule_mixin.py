from odoo import api, models


class OrderPolicyRuleMixin(models.AbstractModel):
    """A rule that hangs on a policy, directly or below another rule (article P3).

    What is in force refuses change, so that the policy that is printed is the policy that is enforced:
    rules of a policy that has been adopted, that is scheduled or that is a template can neither be
    added nor changed, moved, translated nor deleted, whatever the way in. A rule model inherits this
    mixin; one whose parent is another rule names it in ``_rule_parent``.
    """
    _name = 'order.policy.rule.mixin'
    _description = "Rule of an Order Policy"
    _inherit = ['order.guarded.mixin']

    # The many2one to the policy, or to the rule that this one belongs to.
    _rule_parent = 'policy_id'

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        parents = self.env[self._fields[self._rule_parent].comodel_name].browse(
            {vals[self._rule_parent] for vals in vals_list if vals.get(self._rule_parent)})
        # At once, so that this is the first message to a person who may know of the policy.
        self._get_policies_of(parents.exists()._filtered_access('read'))._check_changeable()
        rules = super().create(vals_list)
        # And afterwards: the parent may come from a default or from the context.
        rules._get_policies()._check_changeable()
        rules._check_condition_readable(set(self._fields))
        return rules

    def write(self, vals):
        # Rights first: who may not read a policy is not told its name.
        self.check_access('write')
        moved = self._rule_parent in vals
        if moved:
            # Rules of access look at the row before it is written, not at the policy that it comes to.
            self.env[self._fields[self._rule_parent].comodel_name].browse(
                vals[self._rule_parent] or []).check_access('write')
        self._check_rule_changeable(vals.keys())
        result = super().write(vals)
        if moved:
            self._get_policies()._check_changeable()
        self._check_condition_readable(vals.keys())
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._get_policies()._check_changeable()

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=''):
        self.check_access('write')
        self._check_rule_changeable({field_name})
        return super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang)

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_editable_fields(self):
        """Fields that are no rules and change in a policy in force, as a person does who leaves.

        :return: set of field names; extend the set of ``super()``
        """
        return set()

    def _get_policies(self):
        """:return: the policies that these rules belong to, as superuser"""
        return self._get_policies_of(self.sudo()[self._rule_parent])

    @api.model
    def _get_policies_of(self, parents):
        """:return: the policies that these parents of rules are or belong to, as superuser"""
        return parents.sudo() if parents._name == 'order.policy' else parents._get_policies()

    def _check_rule_changeable(self, names):
        """:param names: the fields that would change
        :raise UserError: if the policy of one of the rules does not let them
        """
        policies = self._get_policies()
        if names - self._get_editable_fields():
            policies._check_changeable()
        else:
            policies.filtered('is_template')._check_changeable()

    # -- in words -------------------------------------------------------------------------------

    @api.model
    def _get_rule_fields(self):
        """The fields that say what the rule is, in their order: two versions are compared by them.

        :return: list of field names
        """
        left_out = self._get_editable_fields() | {self._rule_parent, 'company_id', 'sequence', *models.MAGIC_COLUMNS}
        return [
            name for name, field in self._fields.items()
            if name not in left_out and field.copy and (field.store or field.type == 'one2many')
        ]

    @api.model
    def _get_condition_models(self):
        """:return: dict name of a field that holds the text of a domain → name of the model that it is about"""
        return {}

    def _get_rule_key(self):
        """:return: by what the rule of another version is known to be the same: its name, in one language"""
        self.ensure_one()
        return self.with_context(lang='en_US').display_name
