from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_list


class OrderPolicyAdopt(models.TransientModel):
    """Adopts a template for a company: copies it, says who is in charge of what, puts it in force (P1-P3)."""
    _name = 'order.policy.adopt'
    _description = "Adopt an Order Policy"
    _check_company_auto = True

    template_id = fields.Many2one(
        'order.policy', required=True, ondelete='cascade',
        domain=[('company_id', '=', False)], default=lambda self: self._get_default_template())
    company_id = fields.Many2one(
        'res.company', required=True, default=lambda self: self.env.company,
        domain=lambda self: [('id', 'in', self.env.user.company_ids.ids)])
    policy_in_force_id = fields.Many2one(
        'order.policy', string="Replaces", compute='_compute_policy_in_force_id')
    effective_date = fields.Date(
        required=True, compute='_compute_effective_date', store=True, readonly=False, precompute=True,
        help="If the date is later than today, the policy is scheduled and takes effect automatically.")
    is_for_later = fields.Boolean(compute='_compute_is_for_later')
    interpreting_department_id = fields.Many2one(
        'hr.department', string="Interpreted By", check_company=True,
        compute='_compute_interpreting_department_id', store=True, readonly=False,
        help="The department responsible for the interpretation of the policy.")
    include_open_quotations = fields.Boolean(
        help="Quotations that are open on the date of adoption are also subject to the policy; otherwise it does not "
             "apply to them.")
    line_ids = fields.One2many(
        'order.policy.adopt.line', 'wizard_id', string="Responsibilities",
        compute='_compute_line_ids', store=True, readonly=False)

    # people who are in charge of a role without being in it
    outsiders = fields.Char(compute='_compute_outsiders')
    may_add_to_groups = fields.Boolean(compute='_compute_may_add_to_groups')
    add_to_groups = fields.Boolean(
        "Add to Groups", default=True, help="Adds these people to the security groups of their roles.")

    # -- defaults -------------------------------------------------------------------------------

    @api.model
    def _get_default_template(self):
        """:return: the template that the person was looking at, else the first one"""
        Policy = self.env['order.policy']
        active = Policy
        if self.env.context.get('active_model') == Policy._name:
            active = Policy.browse(self.env.context.get('active_ids', ()))[:1].exists().filtered('is_template')
        return active or Policy.search([('company_id', '=', False)], limit=1)

    # -- compute --------------------------------------------------------------------------------

    @api.depends('company_id')
    def _compute_policy_in_force_id(self):
        # Of a company in which the person does not work the wizard tells nothing.
        for wizard in self:
            company = wizard.company_id & self.env.user.company_ids
            wizard.policy_in_force_id = company.sudo().order_policy_id

    @api.depends('company_id')
    def _compute_effective_date(self):
        for wizard in self:
            wizard.effective_date = wizard.effective_date or (
                wizard.company_id or self.env.company).sudo()._get_local_date()

    @api.depends('effective_date', 'company_id')
    def _compute_is_for_later(self):
        for wizard in self:
            wizard.is_for_later = bool(wizard.company_id and wizard.effective_date) and (
                wizard.effective_date > wizard.company_id.sudo()._get_local_date())

    @api.depends('template_id', 'company_id')
    def _compute_interpreting_department_id(self):
        for wizard in self:
            # What the company has decided before is the best guess for what it wants now.
            department = (
                wizard.policy_in_force_id.interpreting_department_id
                or wizard.template_id.interpreting_department_id
            )
            wizard.interpreting_department_id = department.filtered(
                lambda d: d.company_id.id in (False, wizard.company_id.id))

    @api.depends('template_id', 'company_id')
    def _compute_line_ids(self):
        for wizard in self:
            present = {
                responsibility.role_id: responsibility
                for responsibility in wizard.policy_in_force_id.responsibility_ids
            }
            wizard.line_ids = [Command.clear(), *(
                Command.create({
                    'role_id': responsibility.role_id.id,
                    'department_id': source.department_id.id,
                    'user_id': source.user_id.id,
                })
                for responsibility in wizard.template_id.responsibility_ids
                for source in [present.get(responsibility.role_id, responsibility)]
            )]

    @api.depends('line_ids.user_id', 'line_ids.role_id')
    @api.depends_context('lang')
    def _compute_outsiders(self):
        for wizard in self:
            wizard.outsiders = format_list(self.env, [
                self.env._("%(person)s (%(role)s)", person=line.user_id.name, role=line.role_id.name)
                for line in wizard._get_outsider_lines()
            ]) or False

    @api.depends_context('uid')
    def _compute_may_add_to_groups(self):
        self.may_add_to_groups = self.env['order.role']._may_change_membership()

    # -- actions --------------------------------------------------------------------------------

    def action_adopt(self):
        """Copy the template into the company with the persons of the lines, and adopt or schedule the copy.

        :return: action with the form of the copy
        :raise AccessError: for people who are no managers of the order lifecycle
        """
        self._check_one()
        self.env['order.policy']._check_manager()
        if self.company_id not in self.env.user.company_ids:
            raise UserError(self.env._(
                "You do not have access to %(company)s: select one of your companies.",
                company=self.company_id.sudo().name))
        if not self.template_id.is_template:
            raise UserError(self.env._(
                "“%(policy)s” is not a template: adopt it with the button on its form.", policy=self.template_id.name))
        policy = self.template_id.with_company(self.company_id).copy(self._prepare_policy_vals())
        self._assign_responsibilities(policy)
        if self.add_to_groups and self.may_add_to_groups:
            self._add_outsiders_to_groups()
        policy.action_adopt(include_open_quotations=self.include_open_quotations)
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'order.policy',
            'res_id': policy.id,
            'view_mode': 'form',
        }

    # -- business -------------------------------------------------------------------------------

    def _prepare_policy_vals(self):
        """:return: values in which the company's policy differs from the template"""
        self.ensure_one()
        return {
            'company_id': self.company_id.id,
            'effective_date': self.effective_date,
            'interpreting_department_id': self.interpreting_department_id.id,
        }

    def _assign_responsibilities(self, policy):
        """Write the departments and persons of the lines on the responsibilities of the policy.

        :param policy: the ``order.policy`` copied from the template
        """
        rows = {row.role_id: row for row in policy.responsibility_ids}
        policy.responsibility_ids = [
            Command.update(rows[line.role_id].id, line._prepare_responsibility_vals()) if line.role_id in rows
            else Command.create({'role_id': line.role_id.id, **line._prepare_responsibility_vals()})
            for line in self.line_ids
        ]

    def _get_outsider_lines(self):
        """:return: the lines whose person is not in the group of the role"""
        return self.line_ids.filtered(
            lambda line: line.user_id and line.role_id
            and line.role_id.group_id not in line.user_id.sudo().all_group_ids)

    def _add_outsiders_to_groups(self):
        # In the person's own rights: naming the members of a group is no right of managers.
        for line in self._get_outsider_lines():
            line.role_id.group_id.user_ids = [Command.link(line.user_id.id)]
