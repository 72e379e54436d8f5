from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list


class OrderInspectionPlan(models.Model):
    """What quality checks of which products, and when (article F4)."""
    _name = 'order.inspection.plan'
    _inherit = ['order.policy.rule.mixin']
    _description = "Inspection Plan"
    _order = 'policy_id, sequence, id'
    _check_company_auto = True
    _allow_sudo_commands = False

    policy_id = fields.Many2one('order.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    # what it is for
    product_ids = fields.Many2many(
        'product.product', string="Products", check_company=True, domain=[('type', '=', 'consu')], ondelete='restrict',
        help="The plan applies to these products and to those of the categories; to all goods if both are empty.")
    categ_ids = fields.Many2many(
        'product.category', string="Product Categories", ondelete='restrict', help="Including their child categories.")
    point = fields.Selection(
        [('receipt', "On Receipt"), ('production', "After Production"), ('delivery', "Before Delivery")],
        string="Timing", required=True, default='delivery', help="When the products are inspected.")
    frequency = fields.Selection(
        [('each', "Every Batch"), ('interval', "Every Few Batches")], required=True, default='each')
    interval = fields.Integer("Batches", default=1, help="Number of batches of which one is inspected.")
    sample_percent = fields.Float(
        "Sample (%)", default=100, help="Percentage of a batch that is inspected.")

    # who decides
    four_eyes = fields.Boolean(
        "Other Person", help="Whoever received or produced the goods cannot judge them.")
    concession_role_id = fields.Many2one(
        'order.role', string="Concession By", ondelete='restrict',
        help="The role that can release products which failed; that of the policy if empty.")
    concession_consent = fields.Boolean(
        "Customer Consent", help="A concession requires the consent of the customer.")

    # what is checked
    check_ids = fields.One2many('order.inspection.plan.check', 'plan_id', string="Checks", copy=True)

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('frequency', 'interval', 'sample_percent')
    def _check_frequency(self):
        for plan in self:
            if plan.frequency == 'interval' and plan.interval < 2:
                raise ValidationError(self.env._(
                    "The inspection plan “%(plan)s” is for one of several batches: enter at least 2, or select every "
                    "batch.", plan=plan.name))
            if not 0 < plan.sample_percent <= 100:
                raise ValidationError(self.env._(
                    "The sample of the inspection plan “%(plan)s” must be a percentage greater than 0 and at most 100.",
                    plan=plan.name))

    # -- business -------------------------------------------------------------------------------

    def _get_rule_key(self):
        return (self.name, self.point)

    def _filter_for(self, product):
        """:return: those of these plans that apply to a product; override for other ways to choose"""
        categories = {int(part) for part in (product.categ_id.parent_path or '').split('/') if part}
        # A plan for products that are archived is none for all goods.
        return self.with_context(active_test=False).filtered(lambda plan: plan.active and product.type == 'consu' and (
            product in plan.product_ids
            or not categories.isdisjoint(plan.categ_ids._ids)
            or not (plan.product_ids or plan.categ_ids))).with_env(self.env)

    def _get_concession_role(self):
        """:return: ``order.role`` whose members may release what failed under this plan; empty where nobody may"""
        self.ensure_one()
        return self.concession_role_id or self.policy_id.concession_role_id

    def _prepare_check_vals_list(self):
        """:return: list of dicts of values of the ``order.inspection.check`` of an inspection by this plan"""
        return [{'plan_check_id': check.id} for check in self.check_ids.sorted()]

    # -- in words -------------------------------------------------------------------------------

    def _describe_goods(self):
        """:return: translated text: which products the plan is for"""
        self.ensure_one()
        return format_list(self.env, [
            *self.with_context(active_test=False).product_ids.mapped('display_name'),
            *self.categ_ids.mapped('display_name'),
        ]) or self.env._("all goods")

    def _describe_frequency(self):
        """:return: translated text: how often and how much is inspected"""
        self.ensure_one()
        often = self.env._("every batch") if self.frequency == 'each' else self.env._(
            "one batch of %(interval)s", interval=self.interval)
        return often if self.sample_percent == 100 else self.env._(
            "%(often)s, %(percent)s %% of the batch", often=often, percent=f"{self.sample_percent:g}")

    def _describe_deciders(self):
        """:return: translated text: who judges, and who releases what failed; empty where the policy says enough"""
        self.ensure_one()
        sentences = []
        if self.four_eyes:
            sentences.append(self.env._("judged by another person than the one who received or produced the goods"))
        if self.concession_role_id:
            sentences.append(self.env._("concession by %(role)s", role=self.concession_role_id.sudo().name))
        if self.concession_consent:
            sentences.append(self.env._("concession with the consent of the customer only"))
        return "; ".join(sentences)
