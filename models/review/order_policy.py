from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.tools import format_list

# So many orders are named in a message; it counts the others.
LISTED_ORDERS = 10


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    stage_ids = fields.One2many('order.review.stage', 'policy_id', string="Review Stages", copy=True)
    allow_several_stages = fields.Boolean(
        "One Person May Decide Several Stages", default=True,
        help="A person who has approved one stage of an order can also decide its other stages with the corresponding "
             "roles. Otherwise, each stage requires a different person.")
    unstaffed_stages = fields.Text(
        compute='_compute_unstaffed_stages',
        help="Review stages with too few active users in the company to decide them.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('company_id', 'stage_ids.active', 'stage_ids.name', 'stage_ids.role_id', 'stage_ids.required_count')
    @api.depends_context('lang')
    def _compute_unstaffed_stages(self):
        for policy in self:
            policy.unstaffed_stages = "\n".join(policy._get_staffing_warnings()) or False

    def _get_staffing_warnings(self):
        """:return: list of translated sentences, one for each stage that nobody, or too few people, can decide"""
        self.ensure_one()
        if self.is_template:
            return []
        warnings = []
        company_sudo = self.company_id.sudo()._origin
        for stage in self.stage_ids.filtered(lambda stage: stage.active and stage.role_id).sorted('sequence'):
            members = stage.role_id._origin._get_members(company_sudo)
            if not members:
                warnings.append(self.env._(
                    "%(stage)s: the role %(role)s has no members in %(company)s.", stage=stage.name,
                    company=company_sudo.name, role=stage.role_id.name))
            elif len(members) < stage.required_count:
                warnings.append(self.env._(
                    "%(stage)s: %(count)s approvals are required, but the role %(role)s has only %(people)s in "
                    "%(company)s.",
                    stage=stage.name, count=stage.required_count, company=company_sudo.name,
                    role=stage.role_id.name, people=format_list(self.env, members.mapped('name'))))
        return warnings

    # -- business -------------------------------------------------------------------------------

    def _notify_undecidable(self, reviews):
        """Give each manager one to-do on this policy that names the reviews which nobody can decide.

        Managers with an open one are notified of further stages in it, not of every order.

        :param reviews: pending ``order.review`` of orders of this policy, as superuser
        """
        self.ensure_one()
        xmlid = 'sale_order_lifecycle.mail_activity_type_nobody_decides'
        known = {activity.user_id: activity for activity in self.activity_search([xmlid])}
        for manager in self._get_managers():
            policy = self.with_context(lang=manager.lang)
            items = policy._describe_undecidable(reviews.with_env(policy.env))
            if manager not in known:
                policy.activity_schedule(
                    xmlid, user_id=manager.id, summary=policy.env._("Reviews without an available reviewer"),
                    note=Markup("<p>%s</p>%s") % (
                        policy.env._(
                            "Add users to the role, appoint an available delegate for absent users, or assign these "
                            "orders to another salesperson."),
                        Markup().join(items.values())))
                continue
            note = known[manager].note or Markup()
            if new := [item for stage, item in items.items() if escape(stage) not in note]:
                known[manager].note = note + Markup().join(new)

    def _describe_undecidable(self, reviews):
        """:return: dict translated name of a stage with its role → HTML that names it and the orders"""
        described = {}
        for stage, rows in reviews.grouped('stage_id').items():
            name = self.env._("%(stage)s (%(role)s)", stage=stage.name, role=stage.role_id.name)
            orders = rows.order_id.mapped('name')
            if more := len(orders) - LISTED_ORDERS:
                orders = orders[:LISTED_ORDERS] + [self.env._("%(count)s more", count=more)] * (more > 0)
            described[name] = Markup("<p>%s: %s</p>") % (name, ", ".join(orders))
        return described

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        if stages := self.stage_ids.filtered('active').sorted():
            chapters.append({
                'several_stages': self.allow_several_stages,
                'sequence': 40, 'title': self.env._("Review of Orders"),
                'template': 'sale_order_lifecycle.report_policy_review',
                'stages': self._get_report_stages(stages),
                'guides': self._get_report_price_guides(),
                'checklists': [{
                    'title': self.env._("%(stage)s: the following is checked.", stage=stage.name),
                    'checks': stage.check_ids,
                } for stage in stages if stage.check_ids],
            })
        return chapters

    def _get_report_stages(self, stages):
        """:return: list of dicts of translated texts, one for each stage"""
        text = self._get_rule_text()
        steps = {sequence: step for step, sequence in enumerate(sorted(set(stages.mapped('sequence'))), 1)}
        return [{
            'step': steps[stage.sequence],
            'name': stage.name,
            'role': stage.role_id.name,
            'condition': text.get_condition('sale.order', stage.domain) or self.env._("all orders"),
            'time': text.get_hours(stage.sla_hours) if stage.sla_hours else "—",
            'particulars': stage._get_report_particulars(),
        } for stage in stages]

    def _get_report_deadlines(self):
        text = self._get_rule_text()
        return super()._get_report_deadlines() + [{
            'sequence': 40, 'task': stage.name, 'role': stage.role_id.name, 'time': text.get_hours(stage.sla_hours),
        } for stage in self.stage_ids.filtered('active').sorted() if stage.sla_hours]

    def _get_report_price_guides(self):
        """:return: list of translated sentences: what reviewers hold the prices of an order against; a hook"""
        return []
