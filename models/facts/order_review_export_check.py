from odoo import api, fields, models
from odoo.exceptions import UserError

from ..mixins.arguments import read_text


class OrderReview(models.Model):
    _inherit = 'order.review'

    is_of_legal = fields.Boolean(compute='_compute_is_of_legal')

    @api.depends('role_id')
    def _compute_is_of_legal(self):
        legal = self.env['order.role']._get_by_code('legal')
        for review in self:
            review.is_of_legal = review.role_id == legal

    def action_record_export_check(self, result, note=None):
        """Record that the customers of these reviews' orders were checked against export rules and sanctions.

        :param result: ``clear``, ``conditions`` or ``refused``
        :param note: what was found; required unless nothing was
        :return: True
        :raise AccessError: for people who do not act for legal, or have no access to one of the reviews
        :raise UserError: without a note where one is required, or for an unknown result
        """
        Check = self.env['order.export.check']
        Check._check_legal()
        self.sudo(False).check_access('read')
        if not isinstance(result, str) or result not in Check._fields['result'].get_values(self.env):
            raise UserError(self.env._(
                "The result of an export check is “clear”, “conditions” or “refused”, not “%(result)s”.",
                result=result))
        note = read_text(note) or False
        if result != 'clear' and not note:
            raise UserError(self.env._("Describe the findings, so that the next reviewer knows the conditions."))
        orders = {review.order_id.partner_id.commercial_partner_id: review.order_id for review in self.sudo()}
        Check._create_guarded([Check._prepare_check_vals(order, result, note) for order in orders.values()])
        return True

    def action_open_export_check(self):
        """:return: the action that asks for the result of an export and sanctions check"""
        return self._open_action('order_export_check_entry_action', context={'default_review_ids': self.ids})
