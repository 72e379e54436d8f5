from odoo import fields, models
from odoo.tools import format_list

REVIEW_TEMPLATE = 'sale_order_lifecycle.report_policy_review'


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    allow_emergency_release = fields.Boolean(
        "Emergency Release",
        help="The people who are named for it may confirm an order before its review has ended, with a reason. "
             "Everybody concerned is told, and the review goes on.")

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
            return self.env._("No order is confirmed before the departments have approved it, in no emergency either.")
        people = self._get_releasers()
        return self.env._(
            "In an emergency an order is confirmed before its review has ended by: %(people)s. Whoever does so gives "
            "the reason, nobody releases his own order where a review asks for somebody else, and everybody concerned "
            "is told. The departments decide afterwards all the same, and every release is counted in the assessment.",
            people=format_list(self.env, people.mapped('name')) or self.env._("nobody has been named yet"))

    def _get_releasers(self):
        """:return: ``res.users`` who may release orders of this company, as superuser"""
        self.ensure_one()
        company = self.company_id or self.env.company
        return self.env.ref('sale_order_lifecycle.group_emergency_release').sudo().all_user_ids.filtered(
            lambda user: user.active and not user._is_superuser() and company in user.company_ids)
