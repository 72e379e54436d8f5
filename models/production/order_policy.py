from odoo import fields, models


class OrderPolicy(models.Model):
    """Whether the material that confirmed orders need is watched (article F2), and prints of it."""
    _inherit = 'order.policy'

    watches_material = fields.Boolean(
        "Watch Material",
        help="List the material that confirmed orders need and that is not procured, or comes too late, and notify "
             "purchasing of it.")

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        if self.watches_material:
            chapters.append({
                'sequence': 52, 'title': self.env._("Material"),
                'template': 'sale_order_lifecycle.report_policy_material', 'provisions': [],
            })
        return chapters
