from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list

from .sampling_plan import AQLS, LEVELS


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
    sampling = fields.Selection(
        [('percent', "Percentage of the Batch"), ('count', "Number of Pieces"), ('aql', "AQL (GB/T 2828.1)")],
        required=True, default='percent', help="How much of a batch is inspected. With a number of pieces or by AQL "
        "the inspector enters how many pieces of the sample are defective, and the batch is accepted or rejected "
        "for it.")
    sample_percent = fields.Float(
        "Sample (%)", default=100, help="Percentage of a batch that is inspected.")
    sample_size = fields.Integer("Pieces", default=1, help="Number of pieces of a batch that are inspected.")
    acceptance_number = fields.Integer(
        "Acceptance Number (Ac)", default=0,
        help="The batch is accepted with at most so many defective pieces in the sample.")
    inspection_level = fields.Selection(
        [(level, level) for level in LEVELS], default='II', required=True,
        help="How large the sample is for the batch: II is the usual level, S-1 to S-4 are for small samples.")
    aql = fields.Selection(
        [(aql, aql) for aql in AQLS], string="AQL", default='1.0', required=True,
        help="Acceptance quality limit: the worst percentage of defective pieces that is tolerable on average.")
    allow_reduced = fields.Boolean(
        "Reduced Inspection Allowed", default=True,
        help="After a row of good batches smaller samples are inspected. Tightened inspection follows by itself.")

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

    @api.constrains('frequency', 'interval', 'sample_percent', 'sampling', 'sample_size', 'acceptance_number')
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
            if plan.sampling == 'count' and not 0 <= plan.acceptance_number < plan.sample_size:
                raise ValidationError(self.env._(
                    "The inspection plan “%(plan)s” needs a sample of at least one piece, and an acceptance number "
                    "from 0 to less than the sample.", plan=plan.name))

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

    def _get_lines(self):
        """Which plans continue each other: the batches of one product are a series though the policy has had a new
        version.

        :return: dict id of these plans and of those of other versions → key that is the same for all of a series; as
            superuser
        """
        names = {plan._get_series_key() for plan in self}
        plans = self.with_context(active_test=False).search([
            ('company_id', 'in', self.company_id.ids), ('sampling', '=', 'aql')]) | self
        return {plan.id: key for plan in plans if (key := plan._get_series_key()) in names}

    def _get_series_key(self):
        """:return: by what the plan of another version is known to continue the series of batches"""
        self.ensure_one()
        return (self.company_id.id, *self._get_rule_key(), self.inspection_level, self.aql)

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
        if self.sampling == 'count':
            return self.env._(
                "%(often)s, %(size)s pieces of the batch, Ac %(ac)s, Re %(re)s", often=often, size=self.sample_size,
                ac=self.acceptance_number, re=self.acceptance_number + 1)
        if self.sampling == 'aql':
            sample = self.env._(
                "%(often)s, sampled by GB/T 2828.1, level %(level)s, AQL %(aql)s", often=often,
                level=self.inspection_level, aql=self.aql)
            return sample if self.allow_reduced else self.env._(
                "%(sample)s, without reduced inspection", sample=sample)
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
