from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import float_compare


class OrderReviewStage(models.Model):
    """A department's review that the policy asks for (articles R1-R4)."""
    _name = 'order.review.stage'
    _inherit = ['order.policy.rule.mixin']
    _description = "Order Review Stage"
    _order = 'policy_id, sequence, id'
    _check_company_auto = True
    _allow_sudo_commands = False

    policy_id = fields.Many2one('order.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="Stages with the same number run in parallel, lower numbers first.")
    active = fields.Boolean(default=True)
    role_id = fields.Many2one('order.role', required=True, ondelete='restrict', help="The role that decides.")

    # when it applies and what it looks at
    domain = fields.Char(
        "Applies To", default='[]',
        help="The stage only reviews the orders that match this condition; all orders if there is no condition.")
    watched_field_ids = fields.Many2many(
        'ir.model.fields', string="Watched Fields",
        domain=[('model', 'in', ('sale.order', 'sale.order.line')), ('store', '=', True)],
        help="A change of these fields after the approval requires a new review. If empty, all commercial content is "
             "watched: customer, addresses, terms, promised date, products, quantities, prices, texts.")
    allow_text_changes = fields.Boolean(
        help="Descriptions of lines, sections and notes can be edited after the approval without a new review. They "
             "are still frozen by the confirmation, and a customer who has signed is asked to sign again.")

    # what it asks for
    sla_hours = fields.Float(
        "Time Allowed", help="Working hours from the time the review can begin. 0 disables the deadline.")
    four_eyes = fields.Boolean(
        "Four-Eyes Principle",
        help="The salesperson, the creator, the registrar and the submitters of an order cannot decide it, and neither "
             "can anybody who has changed it since it was first submitted.")
    requires_plan = fields.Selection(
        [('none', "No Plan"), ('production', "Production Plan"), ('delivery', "Delivery Plan"),
         ('payment', "Payment Plan")],
        string="Required Plan",
        required=True, default='none', help="The review can only be approved with the planned date.")
    required_count = fields.Integer(
        "Required Approvals", required=True, default=1,
        help="How many members of the role have to approve. Each decides separately, and nobody is counted twice.")
    check_ids = fields.One2many('order.review.stage.check', 'stage_id', string="Checklist", copy=True)

    # how long an approval holds
    tolerance_percent = fields.Float(
        "Tolerance (%)", digits=(16, 2),
        help="By how many percent the untaxed amount, and the quantity and discounted unit price of each line, may "
             "differ from the approved values, up or down, without a new review, if nothing else has changed. The "
             "comparison is always made with the approved values, so small steps do not add up. 0 allows no "
             "difference.")
    validity_days = fields.Integer(
        "Valid for (Days)",
        help="Calendar days after which an approval expires if the order is not confirmed. 0 means no expiry.")

    # which orders it would review
    open_order_count = fields.Integer(
        "Open Orders", compute='_compute_open_order_count', help="Open orders that the stage would review now.")

    _required_count_positive = models.Constraint(
        'CHECK (required_count >= 1)', "A review stage needs at least one approval.")
    _tolerance_range = models.Constraint(
        'CHECK (tolerance_percent >= 0 AND tolerance_percent < 100)',
        "The tolerance of a review stage is a percentage from 0 to below 100.")
    _validity_positive = models.Constraint(
        'CHECK (validity_days >= 0)', "An approval is valid for a number of days, or indefinitely with 0.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('domain', 'company_id')
    @api.depends_context('company')
    def _compute_open_order_count(self):
        for stage in self:
            stage.open_order_count = len(stage._get_open_orders())

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('domain')
    def _check_domain(self):
        for stage in self:
            try:
                stage._get_domain().validate(self.env['sale.order'])
            except Exception as error:
                raise ValidationError(self.env._(
                    "The condition of the review stage “%(stage)s” is invalid: %(error)s. Use the condition editor.",
                    stage=stage.name, error=error)) from error

    @api.constrains('watched_field_ids')
    def _check_watched_field_ids(self):
        for stage in self:
            if wrong := stage.sudo().watched_field_ids.filtered(
                    lambda field: field.model not in ('sale.order', 'sale.order.line')
                    or field.ttype in ('binary', 'json')
                    or (field.ttype == 'one2many' and field.name not in self._get_watchable_one2many())):
                raise ValidationError(self.env._(
                    "The field “%(field)s” cannot be watched: select a stored field of the sales order or its lines.",
                    field=wrong[0].field_description))

    # -- actions --------------------------------------------------------------------------------

    def action_preview(self):
        """:return: the action that lists the open orders which the stage would review now"""
        self._check_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Open Orders of “%(stage)s”", stage=self.name),
            'res_model': 'sale.order',
            'view_mode': 'list,form',
            'domain': [('id', 'in', self._get_open_orders().ids)],
            'context': {'create': False},
        }

    # -- business -------------------------------------------------------------------------------

    def _get_open_orders(self):
        """The orders that are not confirmed and match the condition of this stage now, whatever policy they follow.

        Those of a template's stage are looked for in the present company.

        :return: ``sale.order`` as superuser
        """
        self.ensure_one()
        company = self.sudo().company_id or self.env.company
        policy_sudo = self.sudo().policy_id
        if not policy_sudo:
            # A form that is being filled in.
            return self.env['sale.order'].sudo()
        # The whole context is replaced: the condition sees what it sees when an order is submitted.
        neutral = {**policy_sudo._get_condition_context(), 'allowed_company_ids': company.ids}
        Order = self.env['sale.order'].sudo().with_context(neutral)  # pylint: disable=context-overridden
        try:
            if self.domain != self._origin.domain and self._find_unreadable_in_condition('domain'):
                # What is being entered counts nothing that its writer may not see.
                return Order
            orders = Order.search(
                Domain('company_id', '=', company.id) & Domain('state', 'in', ('draft', 'sent')) & self._get_domain())
        except (ValueError, SyntaxError, TypeError):
            # A condition that is being entered.
            return Order
        return self.sudo()._get_applicable_orders(orders)

    @api.model
    def _get_rule_fields(self):
        # The sequence says which stages run side by side, and which wait.
        return ['sequence', *super()._get_rule_fields()]

    @api.model
    def _get_condition_models(self):
        return super()._get_condition_models() | {'domain': 'sale.order'}

    def _get_domain(self):
        """:return: Domain on ``sale.order`` that this stage applies to"""
        self.ensure_one()
        return Domain(literal_eval(self.domain or '[]'))

    def _get_applicable_orders(self, orders):
        """Which of the orders this stage reviews; override for conditions that no domain can say.

        :param orders: ``sale.order`` of the policy of this stage, as superuser
        :return: the subset of ``orders``
        """
        self.ensure_one()
        return orders.filtered_domain(self._get_domain())

    @api.model
    def _get_watchable_one2many(self):
        """:return: names of the one2many fields whose content can be compared"""
        return {'product_custom_attribute_value_ids'}

    def _get_watched_names(self):
        """Names of the watched fields.

        :return: pair of tuples (of ``sale.order``, of ``sale.order.line``), each sorted
        """
        self.ensure_one()
        watched = self.sudo().watched_field_ids
        if not watched:
            Line = self.env['sale.order.line']
            line_names = Line._get_commercial_fields()
            if self.sudo().allow_text_changes:
                line_names = tuple(name for name in line_names if name not in Line._get_text_fields())
            return self.env['sale.order']._get_commercial_fields(), line_names
        by_model = watched.grouped('model')
        return tuple(
            tuple(sorted(by_model[model].mapped('name'))) if model in by_model else ()
            for model in ('sale.order', 'sale.order.line')
        )

    def _pick_watched_values(self, values):
        """The part of an order's watched values that this stage watches.

        :param values: a value of ``sale.order._get_watched_values()``
        :return: the same shape with the fields of this stage only; without watched line fields no lines, and
            sections and notes where the texts of lines are watched. The amount is in it for the tolerance,
            whatever is watched
        """
        order_names, line_names = self._get_watched_names()
        with_texts = 'name' in line_names
        Order = self.env['sale.order']
        order_names = (*order_names, *Order._get_content_names(Order, order_names))
        line_names = (*line_names, *Order._get_content_names(self.env['sale.order.line'], line_names))
        return {
            'order': {name: values['order'][name] for name in order_names},
            'lines': {
                line_id: {name: line[name] for name in line_names if name in line}
                for line_id, line in values['lines'].items() if with_texts or not line.get('display_type')
            } if line_names else {},
            'amount': values['amount'],
            'currency': values['currency'],
        }

    @api.model
    def _get_tolerated_names(self):
        """Names of the fields of ``sale.order.line`` that may differ within the tolerance.

        Taxes are none of them: the untaxed amount does not tell how far they have moved.
        """
        return {'price_unit', 'product_uom_qty', 'discount'}

    def _is_same(self, approved, present):
        """Whether an approval stands on the present values; override for rules of your own.

        :param approved: the values that were approved, as :meth:`_pick_watched_values` gave them
        :param present: the same of now
        :return: whether both are equal, or differ within the tolerance of this stage
        """
        self.ensure_one()
        if not approved:
            return False
        if all(approved[part] == present[part] for part in ('order', 'lines')):
            return True
        return bool(self.tolerance_percent) and self._is_within_tolerance(approved, present)

    def _is_within_tolerance(self, approved, present):
        self.ensure_one()
        if (
            # Decisions of the first release kept no amount.
            'amount' not in approved or approved['currency'] != present['currency']
            or approved['order'] != present['order'] or approved['lines'].keys() != present['lines'].keys()
        ):
            return False
        tolerated = self._get_tolerated_names()
        for line_id, line in present['lines'].items():
            before = approved['lines'][line_id]
            if before.keys() != line.keys() or any(
                    before[name] != value for name, value in line.items() if name not in tolerated):
                return False
            # The same sum may be another order: thirty thousand of one piece, or of a piece each.
            if not all(self._is_number_within_tolerance(before[name], line[name]) for name in (
                    {'product_uom_qty'} & line.keys())):
                return False
            if not self._is_number_within_tolerance(self._get_net_price(before), self._get_net_price(line)):
                return False
        currency = self.env['res.currency'].sudo().browse(present['currency'])
        allowed = abs(approved['amount']) * self.tolerance_percent / 100
        return currency.compare_amounts(abs(present['amount'] - approved['amount']), allowed) <= 0

    def _is_number_within_tolerance(self, approved, present):
        self.ensure_one()
        # Watched numbers have six digits.
        return float_compare(
            abs(present - approved), abs(approved) * self.tolerance_percent / 100, precision_digits=6) <= 0

    @api.model
    def _get_net_price(self, line):
        """:return: the unit price after discount, as far as price and discount are watched"""
        return line.get('price_unit', 1.0) * (1 - line.get('discount', 0.0) / 100)

    def _get_missing_numbers(self, standing):
        """Which approvals this stage still needs of an order.

        :param standing: the ``order.review`` of this stage that stand
        :return: list of numbers of approvals, empty where enough people have approved
        """
        self.ensure_one()
        free = sorted(set(range(1, self.required_count + len(standing) + 1)) - set(standing.mapped('approval_number')))
        return free[:max(self.required_count - len(standing), 0)]

    def _get_valid_until(self, decided_at):
        """When an approval of this stage lapses.

        :param decided_at: naive UTC datetime
        :return: naive UTC datetime, False where it holds for ever
        """
        self.ensure_one()
        return self.validity_days and fields.Datetime.add(decided_at, days=self.validity_days)

    def _get_report_particulars(self):
        """:return: list of translated sentences for the printed policy: what this review asks for"""
        self.ensure_one()
        particulars = []
        if self.four_eyes:
            particulars.append(self.env._("Must be decided by a person who has not entered, changed or sold the "
                                          "order."))
        if self.required_count > 1:
            particulars.append(self.env._(
                "%(count)s approvals are required.", count=self.required_count))
        if self.requires_plan != 'none':
            plan = dict(self._fields['requires_plan']._description_selection(self.env))[self.requires_plan]
            particulars.append(self.env._("A planned date is required: %(plan)s.", plan=plan))
        if self.check_ids:
            particulars.append(self.env._("The checklist has to be completed."))
        if self.tolerance_percent:
            particulars.append(self.env._(
                "Remains valid if the untaxed amount and the quantities and discounted prices of the lines differ by "
                "at most %(percent)s %% from the approved values.", percent=f"{self.tolerance_percent:g}"))
        if self.allow_text_changes:
            particulars.append(self.env._("Remains valid if only descriptions, sections and notes are edited."))
        if self.validity_days:
            particulars.append(self.env._(
                "Expires %(days)s days after the decision, unless the order has been confirmed.",
                days=self.validity_days))
        return particulars
