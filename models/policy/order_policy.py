from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class OrderPolicy(models.Model):
    """A company's customer-order policy: everything that is enforced hangs on it (articles P1-P3).

    Templates have no company. A company's own policy is a draft until it is adopted, and at most one
    is in force. Rooms add their rules as one2many fields with ``copy=True``.
    """
    _name = 'order.policy'
    _inherit = ['mail.thread', 'order.guarded.mixin']
    _description = "Order Policy"
    _order = 'sequence, id'
    _check_company_auto = True

    # identity
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', index=True, ondelete='cascade', default=lambda self: self.env.company,
        help="Whose policy this is. Templates belong to no company.")
    is_template = fields.Boolean("Template", compute='_compute_is_template', search='_search_is_template')
    version = fields.Integer(default=1, readonly=True, copy=False)
    state = fields.Selection(
        [('draft', "Draft"), ('in_force', "In Force"), ('retired', "Retired")],
        default='draft', required=True, readonly=True, copy=False, index=True, tracking=True)
    effective_date = fields.Date(
        copy=False, tracking=True, help="The day on which the policy takes effect; the day of adoption if empty.")

    # who and when
    interpreting_department_id = fields.Many2one(
        'hr.department', string="Interpreted by", check_company=True,
        help="The department that says how the policy is to be understood.")
    calendar_id = fields.Many2one(
        'resource.calendar', string="Working Hours", check_company=True,
        compute='_compute_calendar_id', store=True, readonly=False, precompute=True,
        help="Deadlines are counted in these hours; in those of the company if empty.")
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
        "Another policy of the company has just been adopted: reload the page to see it.")

    @api.constrains('company_id')
    def _check_company_of_responsibilities(self):
        self.responsibility_ids._check_company()

    @api.constrains('active', 'state')
    def _check_active(self):
        if archived := self.filtered(lambda policy: policy.state == 'in_force' and not policy.active):
            raise ValidationError(self.env._(
                "“%(policy)s” is in force: retire it before you archive it.", policy=archived[0].name))

    # -- compute --------------------------------------------------------------------------------

    @api.depends('company_id')
    def _compute_is_template(self):
        for policy in self:
            policy.is_template = not policy.company_id

    @api.model
    def _search_is_template(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('company_id', '=', False) if True in value else Domain.FALSE

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
        return super()._get_guarded_fields() | {'state', 'version'}

    def write(self, vals):
        if 'company_id' in vals:
            for policy in self:
                if policy.company_id.id == vals['company_id']:
                    continue
                if policy.state != 'draft':
                    raise UserError(self.env._(
                        "“%(policy)s” has been adopted by %(company)s and cannot move to another company: "
                        "duplicate it there instead.",
                        policy=policy.name, company=policy.company_id.name))
                if policy.is_template:
                    raise UserError(self.env._(
                        "“%(policy)s” is a template for all companies: adopt it, which makes a copy for yours.",
                        policy=policy.name))
        return super().write(vals)

    def copy_data(self, default=None):
        default = dict(default or {})
        self.check_access('read')
        # Rules may point to what managers cannot read (fields, for instance): a copy is complete all the
        # same. It is created in the person's own rights.
        vals_list = super(OrderPolicy, self.sudo()).copy_data(default)
        for policy, vals in zip(self, vals_list):
            if 'name' not in default and policy.company_id.id == vals.get('company_id'):
                vals['name'] = self.env._("%(name)s (copy)", name=policy.name)
            if policy.company_id.id != vals.get('company_id'):
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
                "“%(policy)s” has been adopted, and orders may follow it: retire or archive it instead of deleting.",
                policy=adopted.name))

    # -- actions --------------------------------------------------------------------------------

    def action_adopt(self, include_open_quotations=False):
        """Put draft policies in force, each for its company, and retire the ones before.

        All or none. Registered orders keep the policy that they have; quotations that are not
        registered yet and follow the policy before go over to the new one.

        :param include_open_quotations: whether quotations without a policy follow it from now on;
            they stay free otherwise
        :raise AccessError: for people who are no managers of the order lifecycle
        :raise UserError: if a policy is a template, no draft, or not effective yet
        """
        self._check_manager()
        today = fields.Date.context_today(self)
        for policy in self:
            if policy.is_template:
                raise UserError(self.env._(
                    "“%(policy)s” is a template: use “Adopt a Policy”, which makes a copy for your company.",
                    policy=policy.name))
            if policy.state != 'draft':
                raise UserError(self.env._(
                    "“%(policy)s” has been adopted before: duplicate it and adopt the copy.", policy=policy.name))
            if not policy.active:
                raise UserError(self.env._(
                    "“%(policy)s” is archived: unarchive it before you adopt it.", policy=policy.name))
            if policy.effective_date and policy.effective_date > today:
                raise UserError(self.env._(
                    "“%(policy)s” takes effect on %(date)s: adopt it on that day, or set an earlier date.",
                    policy=policy.name, date=format_date(self.env, policy.effective_date)))
        for company, policies in self.grouped('company_id').items():
            if len(policies) > 1:
                raise UserError(self.env._(
                    "%(company)s can have one policy in force only: choose one of them.", company=company.name))
        policies_sudo = self.sudo()
        previous_sudo = policies_sudo._get_policies_to_replace()
        policies_sudo._action_adopt()
        policies_sudo._take_over_quotations(previous_sudo, include_open_quotations)

    def _action_adopt(self):
        """Put the policies in force, as superuser and after all checks; rooms extend it.

        What a room needs in a company under policy (channels, for instance) is made here, after
        ``super()``, for any number of policies of different companies.
        """
        previous = self._get_policies_to_replace()
        previous.write({'state': 'retired'})
        # The index allows one in force at any moment, so the order of the statements matters.
        previous.flush_recordset(['state'])
        self.write({'state': 'in_force'})
        self.filtered(lambda policy: not policy.effective_date).write({
            'effective_date': fields.Date.context_today(self),
        })
        for policy in self:
            policy.company_id.order_policy_id = policy

    def action_retire(self):
        """Take policies out of force and leave their companies without one.

        Registered orders keep following the policy; quotations that are not registered are free.

        :raise AccessError: for people who are no managers of the order lifecycle
        :raise UserError: if a policy is not in force
        """
        self._check_manager()
        for policy in self:
            if policy.state != 'in_force':
                raise UserError(self.env._(
                    "“%(policy)s” is not in force, so there is nothing to retire.", policy=policy.name))
        self.sudo()._action_retire()

    def _action_retire(self):
        """Take the policies out of force, as superuser and after all checks; rooms extend it."""
        self.write({'state': 'retired'})
        self.company_id.order_policy_id = False
        self._search_following_quotations().policy_id = False

    def action_open_orders(self):
        """:return: action with the orders that follow the policy"""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'sale.order',
            'view_mode': 'list,form',
            'domain': [('policy_id', '=', self.id)],
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
                "Only managers of the order lifecycle adopt and retire policies: ask one of them."))
        self.check_access('write')
        for company in self.company_id - self.env.user.company_ids:
            raise AccessError(self.env._(
                "You do not work in %(company)s: ask a manager of that company.", company=company.sudo().name))

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
                by_company[policy.company_id].policy_id = policy

    def _get_condition_context(self):
        """The context in which the conditions of this policy are evaluated, whoever asks: neither the
        company that a person has chosen nor his language decides which rules apply.

        :return: dict, the whole context
        """
        self.ensure_one()
        company_sudo = self.sudo().company_id
        return {'allowed_company_ids': company_sudo.ids, 'lang': company_sudo.partner_id.lang or 'en_US'}

    @api.model
    def _get_company_bound_fields(self):
        """:return: set of the fields that a copy for another company leaves out"""
        return {'interpreting_department_id', 'calendar_id'}
