from odoo import api, fields, models


class OrderInspection(models.Model):
    """Whose work has passed or failed: of those who produced the goods, or bought them (article E2)."""
    _inherit = 'order.inspection'

    maker_role_id = fields.Many2one(
        'order.role', string="Department Inspected", compute='_compute_maker', store=True, readonly=True,
        ondelete='restrict', help="The role that produced or purchased the goods, for which the result counts.")
    maker_user_id = fields.Many2one(
        'res.users', string="Person Inspected", compute='_compute_maker', store=True, readonly=True,
        ondelete='restrict', help="Who is responsible for the manufacturing order or the purchase order.")

    @api.depends('judged_at')
    def _compute_maker(self):
        # As it is when the goods are judged: whoever takes over an order later has not made them.
        judged = self.filtered('judged_at')
        for inspection in self:
            code, user = inspection._get_maker() if inspection in judged else (None, None)
            role = code and self.env['order.role']._get_by_code(code)
            inspection.maker_role_id, inspection.maker_user_id = role or False, user or False

    def _get_maker(self):
        """:return: pair of the code of the role that produced or bought these goods, None where they came by another
            way (a customer returned them, for example), and the ``res.users`` who is responsible; as superuser"""
        self.ensure_one()
        if self.production_id:
            return 'production', self.production_id.user_id
        if self.point != 'delivery':
            bought = self.move_id.location_id.usage == 'supplier'
            return ('purchasing', self.move_id.purchase_line_id.order_id.user_id) if bought else (None, None)
        productions = self.order_id._get_productions().filtered(lambda one: one.product_id == self.product_id)
        purchases = self.order_id._get_purchases().filtered(lambda one: self.product_id in one.order_line.product_id)
        if productions or (self.product_id.bom_ids and not purchases):
            return 'production', productions[:1].user_id
        return 'purchasing', purchases[:1].user_id
