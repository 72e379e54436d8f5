import re

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_list

# Code asks for these roles by name, so they stay.
STANDARD_ROLES = (
    'sales', 'production', 'logistics', 'finance', 'legal', 'purchasing', 'quality', 'aftersales',
)


class OrderRole(models.Model):
    """A department's part in the customer order (article P1): who is in its group may act for it."""
    _name = 'order.role'
    _description = "Order Role"
    _order = 'sequence, id'
    _allow_sudo_commands = False

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True,
        help="Technical name of the role in reviews, rules and imports; it cannot be changed.")
    sequence = fields.Integer(default=100)
    icon = fields.Char(default='fa-users', help="A Font Awesome class, like fa-truck.")
    active = fields.Boolean(default=True)
    group_id = fields.Many2one(
        'res.groups', string="Security Group", required=True, ondelete='restrict', copy=False,
        help="Members of this group can act for the role. If empty, a dedicated group is created.")
    user_ids = fields.Many2many(
        'res.users', string="Members", compute='_compute_user_ids', inverse='_inverse_user_ids',
        domain=[('share', '=', False)], help="All users who can act for the role, through any group.")

    # -- constraints ----------------------------------------------------------------------------

    _code_unique = models.Constraint('UNIQUE (code)', "Another role already has this code: use a different one.")

    @api.constrains('code')
    def _check_code(self):
        if wrong := self.filtered(lambda role: not re.fullmatch(r'[a-z][a-z0-9_]*', role.code)):
            raise ValidationError(self.env._(
                "The role code “%(code)s” must begin with a letter and can only contain lower-case letters, digits and "
                "underscores.", code=wrong[0].code))

    @api.constrains('icon')
    def _check_icon(self):
        if wrong := self.filtered(lambda role: role.icon and not re.fullmatch(r'fa-[a-z0-9-]+', role.icon)):
            raise ValidationError(self.env._(
                "“%(icon)s” is not an icon: enter a Font Awesome class such as fa-truck.", icon=wrong[0].icon))

    @api.constrains('group_id')
    def _check_group_id(self):
        readers = self._get_reader_groups()
        for role in self:
            if not role.group_id.sudo().all_implied_ids & readers:
                raise ValidationError(self.env._(
                    "Members of the group “%(group)s” cannot read orders: select a sales group or one that implies "
                    "“%(reader)s”, or leave the group empty to create a new one.",
                    group=role.group_id.display_name,
                    reader=self.env.ref('sale_order_lifecycle.group_reviewer').sudo().display_name))

    # -- compute and inverse --------------------------------------------------------------------

    @api.depends('group_id.all_user_ids')
    def _compute_user_ids(self):
        # Searched, and as the person: archived people and technical users stay out.
        users = self.env['res.users'].search([('all_group_ids', 'in', self.group_id.ids)])
        for role in self:
            role.user_ids = users & role.group_id.sudo().all_user_ids

    def _inverse_user_ids(self):
        self._check_membership_right()
        for role in self:
            group = role.group_id
            present = self.env['res.users'].search([('all_group_ids', 'in', group.ids)])
            added, removed = role.user_ids - present, present - role.user_ids
            if implied := removed - group.user_ids:
                raise UserError(self.env._(
                    "%(users)s have the role %(role)s through another group: remove them from that group in the user "
                    "settings.",
                    users=format_list(self.env, implied.mapped('name')), role=role.name))
            if added or removed:
                group.user_ids = [
                    *(Command.link(user.id) for user in added),
                    *(Command.unlink(user.id) for user in removed),
                ]

    # -- CRUD -----------------------------------------------------------------------------------

    def _has_field_access(self, field, operation):
        # The group decides who acts for the role: choosing it is the same right as naming members.
        return super()._has_field_access(field, operation) and (
            operation != 'write' or field.name != 'group_id' or self.env.su or self._may_change_membership()
        )

    @api.model_create_multi
    def create(self, vals_list):
        groupless = [vals for vals in vals_list if not vals.get('group_id')]
        if groupless:
            self.check_access('create')
            if len(groupless) < len(vals_list):
                self._check_field_access(self._fields['group_id'], 'write')
            # By OdooBot, without the context of the caller: what a person sends or keeps as own defaults would say who
            # is in the group, or what implies it.
            groups_sudo = self.env['res.groups'].sudo().with_user(SUPERUSER_ID).create([
                self._prepare_group_vals(vals) for vals in groupless
            ])
            created = iter(groups_sudo.ids)
            # Set as superuser below: the group is ours, not one that the person has chosen.
            vals_list = [vals if vals.get('group_id') else {**vals, 'group_id': next(created)} for vals in vals_list]
            roles = super(OrderRole, self.sudo()).create(vals_list).sudo(self.env.su)
        else:
            roles = super().create(vals_list)
        self.env.registry.clear_cache()
        return roles

    def write(self, vals):
        if 'code' in vals and any(role.code != vals['code'] for role in self):
            raise UserError(self.env._(
                "The code of a role cannot be changed, because policies and imports refer to it: create another role "
                "instead."))
        return super().write(vals)

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for role, vals in zip(self, vals_list):
            vals.update({
                'name': default.get('name') or self.env._("%(name)s (copy)", name=role.name),
                'code': default.get('code') or self._get_free_code(role.code),
            })
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_standard(self):
        if standard := self.filtered(lambda role: role.code in STANDARD_ROLES)[:1]:
            raise UserError(self.env._(
                "The role %(role)s is one of the standard roles and cannot be deleted: archive it instead.",
                role=standard.name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for field in self._get_referring_fields():
            Model = self.env[field.model_name].sudo().with_context(active_test=False)
            if used := Model.search([(field.name, 'in', self.ids)], limit=1):
                raise UserError(self.env._(
                    "The role %(role)s is in use, for example by “%(record)s”: archive it instead.",
                    role=(used[field.name] & self)[:1].name, record=used.display_name))

    def unlink(self):
        own_groups_sudo = self.sudo()._get_own_groups()
        result = super().unlink()
        (own_groups_sudo - self.sudo().with_context(active_test=False).search([]).group_id).unlink()
        self.env.registry.clear_cache()
        return result

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_by_code(self, code):
        """:return: the role with this code, archived or not; empty where there is none"""
        return self.browse(self._get_id_by_code(code))

    @api.model
    @tools.ormcache('code')
    def _get_id_by_code(self, code):
        return self.sudo().with_context(active_test=False).search([('code', '=', code)], limit=1).id

    @api.model
    def _get_role_ids_of(self, user):
        """Ids of the roles that a person may act for, archived ones included.

        :param user: ``res.users``
        :return: list of ids of ``order.role``
        """
        groups = user.sudo().all_group_ids
        return self.sudo().with_context(active_test=False).search([('group_id', 'in', groups.ids)]).ids

    def _includes(self, user):
        """:return: whether a person acts for this role; OdooBot acts for none"""
        return not user._is_superuser() and self.sudo().group_id in user.all_group_ids

    def _get_members(self, company):
        """:return: ``res.users``, active people of a company who may act for this role, as superuser"""
        self.ensure_one()
        return self.sudo().group_id.all_user_ids.filtered(
            lambda user: user.active and not user.share and user.id != SUPERUSER_ID and company in user.company_ids)

    @api.model
    def _is_in_department(self):
        """:return: whether the present person acts for a role other than sales, whose own work is to review"""
        roles = self.sudo().browse(self._get_role_ids_of(self.env.user))
        return any(role.code != 'sales' for role in roles)

    @api.model
    def _get_reader_groups(self):
        """:return: ``res.groups`` whose members read orders: the group of a role must imply one of them"""
        return (
            self.env.ref('sale_order_lifecycle.group_reviewer') | self.env.ref('sales_team.group_sale_salesman')
        ).sudo()

    @api.model
    def _may_change_membership(self):
        """Whether the person may say who is in a role; asked of ``env.user`` whatever ``env.su`` is."""
        return self.env.user._is_superuser() or self.env.user.has_group('base.group_erp_manager')

    @api.model
    def _check_membership_right(self):
        """:raise UserError: unless the person may say who is in a role"""
        if not self._may_change_membership():
            raise UserError(self.env._(
                "Only access rights administrators can change the members of a role: ask one of them."))

    @api.model
    def _prepare_group_vals(self, vals):
        """Values of the group that is made for a new role without one.

        :param vals: values that the role is created with
        """
        return {
            'name': vals.get('name'),
            'sequence': 75,
            'privilege_id': self.env.ref('sale_order_lifecycle.res_groups_privilege_lifecycle').id,
            'implied_ids': [Command.link(self.env.ref('sale_order_lifecycle.group_reviewer').id)],
        }

    def _get_own_groups(self):
        """:return: the groups of these roles that were made for them, and belong to no module"""
        groups = self.group_id
        external_ids = groups._get_external_ids()
        # An export gives external ids of its own, which begin with two underscores.
        return groups.filtered(
            lambda group: all(external_id.startswith('__') for external_id in external_ids[group.id]))

    @api.model
    def _get_free_code(self, code):
        """:return: ``code`` with the first number behind it that no role has"""
        taken = set(self.sudo().with_context(active_test=False).search([]).mapped('code'))
        number = 2
        while f'{code}_{number}' in taken:
            number += 1
        return f'{code}_{number}'

    @api.model
    def _get_referring_fields(self):
        """:return: list of stored fields of all models that point to a role"""
        return [
            field
            for model_class in self.env.registry.values() if model_class._auto and not model_class._transient
            for field in model_class._fields.values()
            if field.comodel_name == self._name and field.store and field.type in ('many2one', 'many2many')
        ]
