from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class OrderReviewStage(models.Model):
    """A department's review that the policy asks for (articles R1-R4)."""
    _name = 'order.review.stage'
    _inherit = ['order.policy.rule.mixin']
    _description = "Order Review Stage"
    _order = 'policy_id, sequence, id'
    _check_company_auto = True

    policy_id = fields.Many2one('order.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="Stages with the same number run side by side, lower numbers first.")
    active = fields.Boolean(default=True)
    role_id = fields.Many2one('order.role', required=True, ondelete='restrict', help="Who decides.")

    # when it applies and what it looks at
    domain = fields.Char(
        "Applies to", default='[]',
        help="The stage reviews only the orders that match; without a condition it reviews all.")
    watched_field_ids = fields.Many2many(
        'ir.model.fields', string="Watched Fields",
        domain=[('model', 'in', ('sale.order', 'sale.order.line')), ('store', '=', True)],
        help="A change of these fields after the approval asks for a new review. Left empty, everything "
             "commercial is watched: customer, addresses, terms, promised date, products, quantities, prices.")

    # what it asks for
    sla_hours = fields.Float(
        "Time Allowed", help="Working hours from the moment the review can begin. 0 is no deadline.")
    four_eyes = fields.Boolean(
        help="The salesperson, the creator, the registrar and the submitter of an order cannot decide it.")
    requires_plan = fields.Selection(
        [('none', "No Plan"), ('production', "Production Plan"), ('delivery', "Delivery Plan"),
         ('payment', "Payment Plan")],
        required=True, default='none', help="The approval needs the planned date.")
    check_ids = fields.One2many('order.review.stage.check', 'stage_id', string="Checklist", copy=True)

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('domain')
    def _check_domain(self):
        for stage in self:
            try:
                stage._get_domain().validate(self.env['sale.order'])
            except Exception as error:
                raise ValidationError(self.env._(
                    "The condition of the review stage “%(stage)s” cannot be read: %(error)s. "
                    "Choose it with the condition editor.", stage=stage.name, error=error)) from error

    @api.constrains('watched_field_ids')
    def _check_watched_field_ids(self):
        for stage in self:
            if wrong := stage.sudo().watched_field_ids.filtered(
                    lambda field: field.model not in ('sale.order', 'sale.order.line')
                    or field.ttype in ('one2many', 'binary', 'json')):
                raise ValidationError(self.env._(
                    "The field “%(field)s” cannot be watched: choose a plain field of the sales order or its lines.",
                    field=wrong[0].field_description))

    # -- business -------------------------------------------------------------------------------

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

    def _get_watched_names(self):
        """Names of the watched fields.

        :return: pair of tuples (of ``sale.order``, of ``sale.order.line``), each sorted
        """
        self.ensure_one()
        watched = self.sudo().watched_field_ids
        if not watched:
            return self.env['sale.order']._get_commercial_fields(), self.env['sale.order.line']._get_commercial_fields()
        by_model = watched.grouped('model')
        return tuple(
            tuple(sorted(by_model[model].mapped('name'))) if model in by_model else ()
            for model in ('sale.order', 'sale.order.line')
        )

    def _pick_watched_values(self, values):
        """The part of an order's watched values that this stage watches.

        :param values: a value of ``sale.order._get_watched_values()``
        :return: the same shape with the fields of this stage only; without watched line fields no lines
        """
        order_names, line_names = self._get_watched_names()
        return {
            'order': {name: values['order'][name] for name in order_names},
            'lines': {
                line_id: {name: line[name] for name in line_names} for line_id, line in values['lines'].items()
            } if line_names else {},
        }

    def _get_report_particulars(self):
        """:return: list of translated sentences for the printed policy: what this review asks for"""
        self.ensure_one()
        particulars = []
        if self.four_eyes:
            particulars.append(self.env._("Decided by somebody who has not entered or sold the order."))
        if self.requires_plan != 'none':
            plan = dict(self._fields['requires_plan']._description_selection(self.env))[self.requires_plan]
            particulars.append(self.env._("Gives the planned date: %(plan)s.", plan=plan))
        if self.check_ids:
            particulars.append(self.env._("Works through the checklist."))
        return particulars
