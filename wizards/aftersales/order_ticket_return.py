from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class OrderTicketReturn(models.TransientModel):
    """Asks which of the delivered goods come back for one ticket."""
    _name = 'order.ticket.return'
    _description = "Return Delivered Goods"

    ticket_id = fields.Many2one('order.ticket', required=True, readonly=True)
    line_ids = fields.One2many(
        'order.ticket.return.line', 'wizard_id', compute='_compute_line_ids', store=True, precompute=True,
        readonly=False)

    # -- compute --------------------------------------------------------------------------------

    @api.depends('ticket_id')
    def _compute_line_ids(self):
        for wizard in self:
            ticket = wizard.ticket_id
            if ticket:
                # What was delivered is read as superuser below.
                ticket._check_agent()
            wizard.line_ids = [Command.clear(), *(Command.create({
                'product_id': product.id,
                'returnable_quantity': quantity,
                'quantity': min(ticket.quantity, quantity) if product == ticket.product_id else 0.0,
            }) for product, quantity in (ticket._get_returnable_quantities() if ticket else {}).items())]

    # -- actions --------------------------------------------------------------------------------

    def action_apply(self):
        """Make the return.

        :return: what ``order.ticket.action_create_return`` shows
        :raise AccessError, UserError: if it cannot be made
        """
        self._check_one()
        quantities = {line.product_id: line.quantity for line in self.line_ids if line.quantity}
        if not quantities:
            raise UserError(self.env._("Enter the products and quantities to be returned."))
        return self.ticket_id._create_return(quantities)
