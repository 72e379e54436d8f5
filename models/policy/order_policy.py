from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, ormcache

# From which state a policy comes to which: what was in force is never a draft again.
_STATE_CHANGES = {('draft', 'in_force'), ('in_force', 'retired')}


class OrderPolicy(models.Model):
    """A company's customer-order policy: everything that is enforced hangs on it (articles P1-P3).

    Templates have no company. A company's own policy is a draft until it is adopted, and at most one
    is in force. Rooms add their rules as one2many fields with ``copy=True``.
    """
    _name = 'order.policy'
    _inherit = ['mail.thread', 'mail.activity.mixin', 'order.guarded.mixin']
    _description = "Order Policy"
    _order = 'sequence, id'
    _check_company_auto = True
    _allow_sudo_commands = False

    # identity
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', index=True, ondelete='cascade', default=lambda self: self.env.company,
        help="The company of the policy. Templates belong to no company.")
    is_template = fields.Boolean("Template", compute='_compute_is_template', search='_search_is_template')
    version = fields.Integer(default=1, readonly=True, copy=False)
    previous_id = fields.Many2one(
        'order.policy', string="Previous Version", readonly=True, copy=False, index='btree_not_null',
        ondelete='set null', help="The version from which this one was drafted.")
    first_version_id = fields.Many2one(
        'order.policy', compute='_compute_first_version_id', store=True, recursive=True, index='btree_not_null',
        ondelete='set null')
    version_ids = fields.Many2many('order.policy', string="Versions", compute='_compute_version_ids')
    version_count = fields.Integer("Number of Versions", compute='_compute_version_ids')
    version_changes = fields.Html(
        "Changes", compute='_compute_version_changes',
        help="Rules that differ between this version and the previous one.")
    state = fields.Selection(
        [('draft', "Draft"), ('in_force', "In Force"), ('retired', "Retired")],
        default='draft', required=True, readonly=True, copy=False, index=True, tracking=True)
    status = fields.Selection(
        [('template', "Template"), ('draft', "Draft"), ('scheduled', "Scheduled"), ('in_force', "In Force"),
         ('retired', "Retired")], compute='_compute_status')
    effective_date = fields.Date(
        copy=False, tracking=True,
        help="The date on which the policy takes effect; the date of adoption if empty. A policy that is adopted "
             "before this date is scheduled.")
    scheduled_at = fields.Datetime(
        "Scheduled On", readonly=True, copy=False, help="When the adoption on the effective date was scheduled.")
    scheduled_by_id = fields.Many2one(
        'res.users', readonly=True, copy=False,
        help="The user on whose behalf the policy takes effect on its date.")
    include_open_quotations = fields.Boolean(
        "Includes Open Quotations", readonly=True, copy=False,
        help="Quotations that are open on the date of adoption are subject to the policy from then on.")
    is_frozen = fields.Boolean(
        "Frozen", compute='_compute_is_frozen', help="The rules cannot be changed anymore: create a new version.")
    is_for_later = fields.Boolean(
        compute='_compute_is_for_later', help="The effective date is in the future in the time zone of the company.")

    # who and when
    interpreting_department_id = fields.Many2one(
        'hr.department', string="Interpreted By", check_company=True,
        help="The department responsible for the interpretation of the policy.")
    calendar_id = fields.Many2one(
        'resource.calendar', string="Working Hours", check_company=True,
        compute='_compute_calendar_id', store=True, readonly=False, precompute=True,
        help="Working hours used to compute deadlines; those of the company if empty.")
    responsibility_ids = fields.One2many(
        'order.policy.responsibility', 'policy_id', string="Responsibilities", copy=True)

    # texts
    purpose = fields.Html(translate=True)
    scope = fields.Html(translate=True)
    principles = fields.Html(translate=True)
    closing = fields.Html("Closing Provisions", translate=True)

    # use
    order_count = fields.Integer("Orders", compute='_compute_order_count')

    # -- constraints ----------------------------------------------------------------------------

    _in_force_unique = models.UniqueIndex(
        "(company_id) WHERE state = 'in_force'",
        "Another policy of the company has just been adopted: reload the page.")
    _scheduled_unique = models.UniqueIndex(
        "(company_id) WHERE scheduled_at IS NOT NULL",
        "Another policy of the company has just been scheduled: reload the page.")
    _version_unique = models.UniqueIndex(
        "(first_version_id, version) WHERE first_version_id IS NOT NULL",
        "This version has just been created by another user: reload the page.")

    @api.constrains('company_id')
    def _check_company_of_responsibilities(self):
        self.responsibility_ids._check_company()

    @api.constrains('active', 'state')
    def _check_active(self):
        if archived := self.filtered(lambda policy: policy.state == 'in_force' and not policy.active):
            raise ValidationError(self.env._(
                "“%(policy)s” is in force: retire it before you archive it.", policy=archived[0].name))

    # -- compute --------------------------------------------------------------------------------

    @api.depends('name', 'version')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = policy.name if policy.version < 2 else self.env._(
                "%(policy)s, version %(version)s", policy=policy.name, version=policy.version)

    @api.depends('state', 'scheduled_at', 'company_id')
    def _compute_status(self):
        for policy in self:
            policy.status = (
                'template' if policy.is_template else 'scheduled' if policy.scheduled_at else policy.state)

    @api.depends('company_id')
    def _compute_is_template(self):
        for policy in self:
            policy.is_template = not policy.company_id

    @api.model
    def _search_is_template(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('company_id', '=', False) if True in value else Domain.FALSE

    @api.depends('previous_id.first_version_id')
    def _compute_first_version_id(self):
        for policy in self:
            policy.first_version_id = policy.previous_id.first_version_id or policy.previous_id

    @api.depends('first_version_id', 'previous_id')
    def _compute_version_ids(self):
        versions = self._search_versions()
        for policy in self:
            first = policy.first_version_id or policy._origin
            policy.version_ids = versions.filtered(
                lambda version, first=first: (version.first_version_id or version) == first)
            policy.version_count = len(policy.version_ids)

    @api.depends('previous_id')
    @api.depends_context('lang')
    def _compute_version_changes(self):
        for policy in self:
            policy.version_changes = policy._get_version_changes() if policy.previous_id else False

    @api.depends('state', 'scheduled_at', 'company_id')
    def _compute_is_frozen(self):
        for policy in self:
            # A template that is being entered has no company yet, either.
            policy.is_frozen = policy._is_frozen() and bool(policy._origin)

    @api.depends('effective_date', 'company_id')
    def _compute_is_for_later(self):
        for policy in self:
            policy.is_for_later = policy._is_for_later()

    @api.depends('company_id')
    def _compute_calendar_id(self):
        for policy in self:
            calendar_company = policy.calendar_id.sudo().company_id
            if not policy.calendar_id or calendar_company and calendar_company != policy.company_id:
                policy.calendar_id = policy.company_id.sudo().resource_calendar_id

    def _compute_order_count(self):
        # As superuser: whoever may read the policy may know how many orders follow it.
        counts = dict(self.env['sale.order'].sudo()._read_group(
            [('policy_id', 'in', self.ids)], ['policy_id'], ['__count']))
        for policy in self:
            policy.order_count = counts.get(policy._origin.sudo(), 0)

    # -- CRUD -----------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'state', 'version', 'previous_id', 'first_version_id', 'scheduled_at', 'scheduled_by_id',
            'include_open_quotations',
        }

    @api.model_create_multi
    def create(self, vals_list):
        if any(not vals.get('company_id', True) for vals in vals_list):
            self._check_makes_templates()
        policies = super().create(vals_list)
        policies._check_of_company()
        if any(policy.state != 'draft' for policy in policies.sudo()):
            self._forget_reach()
        return policies

    def write(self, vals):
        # Rights first: who may not read a policy is not told its name.
        self.check_access('write')
        if 'company_id' in vals:
            self._check_company_change(vals['company_id'])
        if 'state' in vals:
            self._check_state_change(vals['state'])
        # Rules in one2many fields speak for themselves (see order.policy.rule.mixin).
        self._check_changeable({
            name for name in vals if name not in self._fields or self._fields[name].type != 'one2many'})
        with self._clocks_following(vals):
            result = super().write(vals)
        if 'company_id' in vals:
            self._check_of_company()
        if vals.keys() & {'state', 'company_id'}:
            self._forget_reach()
        return result

    def _clocks_following(self, vals):
        """:return: context manager for a write that may change by which calendar open deadlines count"""
        WorkingTime = self.env['order.working.time'].sudo()
        return WorkingTime._following(
            WorkingTime._get_policy_sources(self.sudo()) if 'calendar_id' in vals else [])

    def unlink(self):
        self._forget_reach()
        return super().unlink()

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=''):
        self.check_access('write')
        self._check_changeable({field_name})
        return super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang)

    def _check_company_change(self, company_id):
        """:param company_id: id of the next company, or False
        :raise UserError: for templates, and for policies that have been adopted by another company
        """
        for policy in self:
            if policy.company_id.id == company_id:
                continue
            if policy.state != 'draft':
                raise UserError(self.env._(
                    "“%(policy)s” has been adopted by %(company)s and cannot move to another company: "
                    "duplicate it there instead.",
                    policy=policy.name, company=policy.company_id.name))
            if policy.is_template:
                raise UserError(self.env._(
                    "“%(policy)s” is a template for all companies: adopt it to create a copy for your company.",
                    policy=policy.name))
            if policy.previous_id:
                raise UserError(self.env._(
                    "“%(policy)s” is version %(version)s of a policy of %(company)s and cannot move to another "
                    "company: duplicate it there instead.",
                    policy=policy.name, version=policy.version, company=policy.company_id.name))

    def _check_state_change(self, state):
        """:raise UserError: if a policy would come to a state that does not follow its present one"""
        for policy in self:
            if policy.state != state and (policy.state, state) not in _STATE_CHANGES:
                raise UserError(self.env._(
                    "“%(policy)s” has already been adopted: create and adopt a new version.", policy=policy.name))

    def _check_of_company(self):
        """:raise UserError: if a person has made templates of policies, or policies without a company"""
        if self.filtered('is_template'):
            self._check_makes_templates()

    @api.model
    def _check_makes_templates(self):
        """:raise UserError: unless Odoo itself is at work; only modules bring templates"""
        if not self._is_changed_by_odoo():
            raise UserError(self.env._(
                "Templates are part of the application: select the company of the policy."))

    def copy_data(self, default=None):
        default = dict(default or {})
        self.check_access('read')
        # Rules may point to what managers cannot read (fields, for instance): a copy is complete all the
        # same. It is created in the person's own rights.
        vals_list = super(OrderPolicy, self.sudo()).copy_data(default)
        for policy, vals in zip(self, vals_list):
            if policy.is_template and 'company_id' not in default:
                vals['company_id'] = self.env.company.id
            same_company = policy.company_id.id == vals.get('company_id')
            if same_company and 'name' not in default and 'previous_id' not in default:
                vals['name'] = self.env._("%(name)s (copy)", name=policy.name)
            if not same_company:
                for name in self._get_company_bound_fields() - set(default):
                    vals.pop(name, None)
                for command in vals.get('responsibility_ids', ()):
                    command[2].pop('department_id', None)
                    command[2].pop('user_id', None)
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_adopted(self):
        if adopted := self.filtered(lambda policy: policy.state != 'draft')[:1]:
            raise UserError(self.env._(
                "“%(policy)s” has been adopted, and orders may be subject to it: retire or archive it instead of "
                "deleting it.",
                policy=adopted.name))
        self._check_changeable()

    # -- what is fixed --------------------------------------------------------------------------

    @api.model
    def _is_changed_by_odoo(self):
        """Whether Odoo itself is at work, as in the data of modules and in migrations.

        Asked of the user whatever ``env.su`` is: automation runs as superuser with the person's id.
        """
        return self.env.uid == SUPERUSER_ID

    def _is_frozen(self):
        """:return: whether the rules of this policy are fixed, because they are in force, have been, will be
            on a day that is set, or are everybody's"""
        self.ensure_one()
        return self.state != 'draft' or bool(self.scheduled_at) or self.is_template

    def _get_editable_fields(self):
        """Fields that are no rules: they may change although this policy is fixed.

        Whom to ask and which calendar is kept changes in a company without a new policy. The fields
        that only actions write are among them. Of templates nothing changes.

        :return: set of field names; extend the set of ``super()`` for policies of companies
        """
        self.ensure_one()
        if self.is_template:
            return set()
        return {
            'active', 'sequence', 'interpreting_department_id', 'calendar_id',
            'state', 'scheduled_at', 'scheduled_by_id', 'include_open_quotations',
        }

    def _check_changeable(self, names=None):
        """Rules change only in drafts (article P3); asked before every change of a policy and of its rules.

        :param names: the fields of the policies that would change; their rules where it is not given
        :raise UserError: with the first policy that does not let them
        """
        if self._is_changed_by_odoo():
            return
        for policy in self:
            if policy._is_frozen() and (names is None or names - policy._get_editable_fields()):
                raise UserError(policy._get_frozen_message())

    def _get_frozen_message(self):
        """:return: one sentence: why the rules of this policy do not change, and what to do instead"""
        self.ensure_one()
        if self.is_template:
            return self.env._(
                "“%(policy)s” is a template for all companies and cannot be changed: adopt or duplicate it to create a "
                "copy for your company.", policy=self.name)
        if self.state == 'in_force':
            return self.env._(
                "“%(policy)s” is in force, so its rules cannot be changed: create and adopt a new version.",
                policy=self.name)
        if self.state == 'retired':
            return self.env._(
                "“%(policy)s” is retired and orders may still be subject to it, so its rules cannot be changed: create "
                "a new version.", policy=self.name)
        return self.env._(
            "“%(policy)s” is scheduled for %(date)s, so its rules cannot be changed: cancel the schedule first.",
            policy=self.name, date=format_date(self.env, self.effective_date))

    # -- actions --------------------------------------------------------------------------------

    def action_adopt(self, include_open_quotations=False):
        """Put draft policies in force, each for its company, and retire the ones before.

        All or none. One that takes effect on a later day is scheduled for it. Registered orders keep
        the policy that they have; quotations that are not registered yet and follow the policy before
        go over to the new one.

        :param include_open_quotations: whether quotations without a policy follow it from now on;
            they stay free otherwise
        :return: True
        :raise AccessError: for people who are no managers of the order lifecycle
        :raise UserError: if a policy is a template, no draft, archived or scheduled already
        """
        self._check_manager()
        for policy in self:
            if policy.is_template:
                raise UserError(self.env._(
                    "“%(policy)s” is a template: use “Adopt a Policy” to create a copy for your company.",
                    policy=policy.name))
            if policy.state != 'draft':
                raise UserError(self.env._(
                    "“%(policy)s” has already been adopted: create and adopt a new version.", policy=policy.name))
            if not policy.active:
                raise UserError(self.env._(
                    "“%(policy)s” is archived: unarchive it before you adopt it.", policy=policy.name))
            if policy.scheduled_at:
                raise UserError(self.env._(
                    "“%(policy)s” takes effect automatically on %(date)s: cancel the schedule to adopt it earlier.",
                    policy=policy.name, date=format_date(self.env, policy.effective_date)))
        for company, policies in self.grouped('company_id').items():
            if len(policies) > 1:
                raise UserError(self.env._(
                    "%(company)s can only have one policy in force: select one of them.", company=company.name))
        later = self.filtered(lambda policy: policy._is_for_later())
        later._check_schedule_free()
        later.sudo()._action_schedule(include_open_quotations)
        (self - later).sudo()._action_put_in_force(include_open_quotations)
        return True

    def _action_put_in_force(self, include_open_quotations):
        """Adopt the policies now, as superuser and after all checks, with the quotations that follow."""
        previous = self._get_policies_to_replace()
        self._action_adopt()
        self._take_over_quotations(previous, include_open_quotations)

    def _action_adopt(self):
        """Put the policies in force, as superuser and after all checks; rooms extend it.

        What a room needs in a company under policy (channels, for instance) is made here, after
        ``super()``, for any number of policies of different companies.
        """
        previous = self._get_policies_to_replace()
        previous._write_guarded({'state': 'retired'})
        # The index allows one in force at any moment, so the order of the statements matters.
        previous.flush_recordset(['state'])
        for policy in self.filtered(lambda policy: not policy.effective_date):
            policy.effective_date = policy.company_id._get_local_date()
        self._write_guarded({
            'state': 'in_force', 'scheduled_at': False, 'scheduled_by_id': False, 'include_open_quotations': False,
        })
        for policy in self:
            policy.company_id._write_guarded({'order_policy_id': policy.id})
        self.env.registry.clear_cache()

    # -- who is governed ------------------------------------------------------------------------

    @api.model
    @ormcache('company_id')
    def _has_governed(self, company_id):
        """Whether a company may have orders under policy: where none was ever in force, documents ask no further.

        :param company_id: id of a ``res.company``, or False
        :return: bool, without a query once it is known
        """
        return bool(company_id and self.sudo().with_context(active_test=False).search_count(
            [('company_id', '=', company_id), ('state', '!=', 'draft')], limit=1))

    @api.model
    @ormcache()
    def _has_any_governed(self):
        """Whether any company may have orders under policy: documents of one company can serve orders of another.

        :return: bool, without a query once it is known
        """
        return bool(self.sudo().with_context(active_test=False).search_count(
            [('company_id', '!=', False), ('state', '!=', 'draft')], limit=1))

    @api.model
    def _is_governed_person(self):
        """:return: whether the person works for a company that may have orders under policy, whichever is active"""
        return any(self._has_governed(company_id) for company_id in self.env.user.sudo().company_ids.ids)

    @api.model
    def _is_governed_for_person(self, companies):
        """As :meth:`_is_governed_person`, for rows that no record rule keeps from people of other companies.

        :param companies: ``res.company`` that the rows belong to
        :return: bool, whether the person works for a company that may have orders under policy, or one of these may
        """
        return self._is_governed_person() or any(self._has_governed(company_id) for company_id in companies.ids)

    # -- end ------------------------------------------------------------------------------------

    def action_retire(self):
        """Take policies out of force and leave their companies without one.

        Registered orders keep following the policy; quotations that are not registered are free.

        :return: True
        :raise AccessError: for people who are no managers of the order lifecycle
        :raise UserError: if a policy is not in force
        """
        self._check_manager()
        for policy in self:
            if policy.state != 'in_force':
                raise UserError(self.env._(
                    "“%(policy)s” is not in force, so there is nothing to retire.", policy=policy.name))
        self.sudo()._action_retire()
        return True

    def _action_retire(self):
        """Take the policies out of force, as superuser and after all checks; rooms extend it."""
        self._write_guarded({'state': 'retired'})
        self.company_id._write_guarded({'order_policy_id': False})
        self._search_following_quotations()._write_guarded({'policy_id': False})

    def action_open_orders(self):
        """:return: action with the orders that follow the policy"""
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'sale.order',
            'view_mode': 'list,form',
            'domain': [('policy_id', 'in', self.ids)],
            'context': {'create': False},
            'name': self.env._("Orders"),
        }

    # -- business -------------------------------------------------------------------------------

    def _check_manager(self):
        """Asked of ``env.user`` whatever ``env.su`` is: automation runs as superuser with the person's id.

        :raise AccessError: unless the person is a manager of the order lifecycle in all these companies
        """
        if not self.env.user.has_group('sale_order_lifecycle.group_manager'):
            raise AccessError(self.env._(
                "Only managers of the order lifecycle can adopt and retire policies: ask one of them."))
        self.check_access('write')
        for company in self.company_id - self.env.user.company_ids:
            raise AccessError(self.env._(
                "You do not have access to %(company)s: ask a manager of that company.", company=company.sudo().name))

    def _get_policies_to_replace(self):
        """:return: the policies that are in force in the companies of these"""
        return self.search([('company_id', 'in', self.company_id.ids), ('state', '=', 'in_force')]) - self

    def _get_open_quotation_domain(self):
        """Which orders can still get another policy: those that are neither registered nor confirmed.

        The intake room, which knows what is registered, narrows it. Cancelled quotations belong to
        it, because they can be opened again.

        :return: Domain on ``sale.order``, all companies
        """
        return Domain('state', '!=', 'sale')

    def _search_following_quotations(self):
        """:return: ``sale.order`` that follow these policies and can still get another one"""
        return self.env['sale.order'].search(
            Domain('policy_id', 'in', self.ids) & self._get_open_quotation_domain())

    def _take_over_quotations(self, previous, include_open):
        """Let the quotations that are not registered follow the policies, as superuser.

        :param previous: the policies that these have replaced
        :param include_open: whether open quotations without a policy are taken in too
        """
        quotations = previous._search_following_quotations()
        if include_open:
            quotations |= self.env['sale.order'].search(
                Domain('policy_id', '=', False) & Domain('state', 'in', ('draft', 'sent'))
                & Domain('company_id', 'in', self.company_id.ids) & self._get_open_quotation_domain())
        by_company = quotations.grouped('company_id')
        for policy in self:
            if policy.company_id in by_company:
                by_company[policy.company_id]._write_guarded({'policy_id': policy.id})

    def _get_condition_context(self):
        """The context in which the conditions of this policy are evaluated, whoever asks: neither the
        company that a person has chosen nor the language decides which rules apply.

        :return: dict, the whole context
        """
        self.ensure_one()
        company_sudo = self.sudo().company_id
        return {'allowed_company_ids': company_sudo.ids, 'lang': company_sudo.partner_id.lang or 'en_US'}

    @api.model
    def _get_company_bound_fields(self):
        """:return: set of the fields that a copy for another company leaves out"""
        return {'interpreting_department_id', 'calendar_id'}

    # -- cron -----------------------------------------------------------------------------------

    def _get_managers(self):
        """:return: ``res.users`` who may adopt policies of this company"""
        self.ensure_one()
        managers = self.env.ref('sale_order_lifecycle.group_manager').all_user_ids
        return managers.filtered(
            lambda user: user.active and user.id != SUPERUSER_ID and self.company_id in user.company_ids)
