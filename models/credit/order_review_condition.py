from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount, formatLang


class OrderReviewCondition(models.Model):
    """What the customer has to have paid by when, for an approval to be good (article R2).

    The role enters the rows while its review is pending; with the approval they hold, and the fulfilment
    enforces them.
    """
    _name = 'order.review.condition'
    _inherit = ['order.guarded.mixin', 'order.dossier.mixin']
    _description = "Approval Condition"
    _order = 'review_id, id'
    _check_company_auto = True
    _allow_sudo_commands = False

    review_id = fields.Many2one('order.review', required=True, index=True, ondelete='cascade')
    order_id = fields.Many2one(related='review_id.order_id', store=True, index=True)
    company_id = fields.Many2one(related='review_id.company_id', store=True, index=True)
    kind = fields.Selection(
        [('percent', "Percent"), ('amount', "Amount")], required=True, default='percent',
        help="Percentage of the order total, or an amount in its currency, including taxes.")
    value = fields.Float(required=True)
    point = fields.Selection(
        [('production', "Before Production"), ('shipping', "Before Shipping")], string="Timing",
        required=True, default='shipping',
        help="Before production: no manufacturing order can be started, and nothing can be shipped. Before shipping: "
             "no delivery to the customer can be validated.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('kind', 'value')
    def _check_value(self):
        for condition in self:
            if condition.value <= 0:
                raise ValidationError(self.env._(
                    "The condition must be greater than zero: enter the percentage or the amount to be paid."))
            if condition.kind == 'percent' and condition.value > 100:
                raise ValidationError(self.env._(
                    "A condition cannot exceed 100 percent of the order."))

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'order_id', 'company_id'}

    @api.model_create_multi
    def create(self, vals_list):
        conditions = super().create(vals_list)
        conditions._check_settable()
        return conditions

    def write(self, vals):
        self.check_access('write')
        self._check_settable()
        result = super().write(vals)
        if 'review_id' in vals:
            self._check_settable()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self._check_settable()

    def _check_settable(self):
        """Only the user who prepares a pending review sets its conditions, where the stage allows it.

        :raise AccessError, UserError: with the first review that has its conditions
        """
        if self.env.su:
            return
        self.review_id._check_preparable()
        for review in self.sudo().review_id:
            if not review.stage_id.may_set_condition:
                raise UserError(self.env._(
                    "The policy does not allow “%(review)s” to be approved on a condition: approve, return or reject "
                    "it.",
                    review=review.display_name))
        self.review_id._meet_decision()

    # -- compute --------------------------------------------------------------------------------

    @api.depends('kind', 'value', 'point')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for condition in self:
            condition.display_name = condition._describe()

    def _describe(self):
        """:return: translated text such as “30 % paid before shipping”"""
        self.ensure_one()
        # As superuser: whoever reads the condition may know its currency.
        amount = format_amount(self.env, self.value, self.sudo().order_id.currency_id) if self.kind == 'amount' else (
            self.env._("%(percent)s %%", percent=formatLang(
                self.env, self.value, digits=0 if float(self.value).is_integer() else 2)))
        if self.point == 'production':
            return self.env._("%(amount)s paid before production", amount=amount)
        return self.env._("%(amount)s paid before shipping", amount=amount)

    # -- business -------------------------------------------------------------------------------

    def _get_required_amount(self):
        """:return: what this condition asks for, in the currency of the order and never more than its total"""
        self.ensure_one()
        order, total = self.order_id, self.order_id.amount_total
        amount = total * self.value / 100 if self.kind == 'percent' else self.value
        return order.currency_id.round(min(amount, total))

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'kind', 'value', 'point']
