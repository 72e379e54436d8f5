from odoo import models

from .review_facts import make_row, make_section, make_table


class SaleOrder(models.Model):
    """What quality judges (article F4): what is checked of each product, and how it is traced."""
    _inherit = 'sale.order'

    def _get_review_facts_quality(self):
        return {
            order.id: [order._get_inspection_section(), order._get_tracking_section()] for order in self
        }

    def _get_inspection_plans(self):
        """:return: dict ``product.product`` of this order → ``order.inspection.plan`` that apply to it"""
        self.ensure_one()
        plans = self.policy_id.inspection_plan_ids
        return {line.product_id: plans._filter_for(line.product_id) for line in self._get_goods_lines()}

    def _get_inspection_section(self):
        """:return: section: the inspection plans that apply to the products of this order"""
        self.ensure_one()
        write, plans = self._get_fact_writer(), self._get_inspection_plans()
        if not plans:
            return make_section('inspection', self.env._("Inspection"), [
                make_row('goods', self.env._("Goods"), write.text(self.env._("None, services only"), 'ok'))])
        if not self.policy_id.inspection_plan_ids:
            return make_section('inspection', self.env._("Inspection"), [make_row(
                'plans', self.env._("Inspection plans"), write.text(self.env._("Not defined by the policy")))])
        points = dict(self.env['order.inspection.plan']._fields['point']._description_selection(self.env))
        without = [product for product, own in plans.items() if not own]
        rows = [make_row(
            'covered', self.env._("Products with an inspection plan"), write.text(
                self.env._("%(count)s of %(total)s", count=len(plans) - len(without), total=len(plans)),
                'warn' if without else 'ok'))]
        table = [
            [
                write.text(product.display_name), write.text(plan.name), write.text(points[plan.point]),
                write.text(plan._describe_frequency()),
                write.text("; ".join(f"{check.name}: {check._describe_limits()}" for check in plan.check_ids)),
            ] for product, own in plans.items() for plan in own
        ] + [
            [write.text(product.display_name), write.text(self.env._("None applies"), 'warn'), None, None, None]
            for product in without
        ]
        return make_section('inspection', self.env._("Inspection"), rows, make_table({
            'product': self.env._("Product"), 'plan': self.env._("Inspection Plan"), 'point': self.env._("Timing"),
            'frequency': self.env._("Frequency"), 'checks': self.env._("Acceptance Criteria"),
        }, table))

    def _get_tracking_section(self):
        """:return: section: which products are traced by lots or serial numbers, and which expire"""
        self.ensure_one()
        write = self._get_fact_writer()
        products = self.env['product.product'].union(*(line.product_id for line in self._get_goods_lines()))
        tracked = [product for product in products if product.tracking != 'none']
        labels = dict(products._fields['tracking']._description_selection(self.env))
        expires = 'use_expiration_date' in products._fields
        columns = {'product': self.env._("Product"), 'tracking': self.env._("Tracking")}
        if expires:
            columns['expiry'] = self.env._("Expires after")
        table = [[
            write.text(product.display_name), write.text(labels[product.tracking]),
            *([write.days(product.expiration_time) if product.use_expiration_date else write.text(False)]
              if expires else []),
        ] for product in tracked]
        return make_section('tracking', self.env._("Traceability"), [make_row(
            'tracked', self.env._("Tracked by lot or serial number"),
            write.text(self.env._("%(count)s of %(total)s", count=len(tracked), total=len(products))))],
            make_table(columns, table) if table else None)
