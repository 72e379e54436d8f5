from odoo import fields, models
from odoo.tools import format_list

REVIEW_TEMPLATE = 'sale_order_lifecycle.report_policy_review'


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    allow_emergency_release = fields.Boolean(
        "Emergency Release",
        help="The users named for emergency releases can confirm an order with a reason before its review has ended. "
             "Everybody concerned is notified, and the review continues.")

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        for chapter in chapters:
            if chapter['template'] == REVIEW_TEMPLATE:
                chapter['release'] = self._get_report_release()
        return chapters

    def _get_report_release(self):
        """:return: translated text: whether an order can be released before its review has ended, and by whom"""
        self.ensure_one()
        if not self.allow_emergency_release:
            return self.env._("No order is confirmed before the departments have approved it, not even in an "
                              "emergency.")
        people = self._get_releasers()
        return self.env._(
            "In an emergency, the following users can confirm an order before its review has ended: %(people)s. A "
            "reason is required. Nobody can release their own order where a review requires another person, and "
            "everybody concerned is notified. The departments still decide afterwards, and every release is counted in "
            "the assessment.",
            people=format_list(self.env, people.mapped('name')) or self.env._("nobody has been named yet"))

    def _get_releasers(self):
        """:return: ``res.users`` who may release orders of this company, as superuser"""
        self.ensure_one()
        company = self.company_id or self.env.company
        return self.env.ref('sale_order_lifecycle.group_emergency_release').sudo().all_user_ids.filtered(
            lambda user: user.active and not user._is_superuser() and company in user.company_ids)
