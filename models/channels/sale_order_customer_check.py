from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_list

from ..mixins.arguments import read_id


class SaleOrder(models.Model):
    """An order whose sender could be several customers: a person chooses, nobody guesses.

    Until then its customer is an archived contact with what was sent, and the order is not complete.
    """
    _inherit = 'sale.order'

    customer_to_check = fields.Boolean(
        "Customer to Check", readonly=True, copy=False, index='btree_not_null',
        help="The sender may be one of several customers: select the right one.")
    customer_candidate_ids = fields.Many2many(
        'res.partner', 'sale_order_customer_candidate_rel', string="Possible Customers", readonly=True, copy=False,
        help="The customers with the same name, e-mail address or phone number as the sender.")

    # -- guarded fields and what follows --------------------------------------------------------

    @api.model
    def _get_write_steps(self):
        return [*super()._get_write_steps(), (60, '_placed_carts_followed'), (65, '_customer_choice_followed')]

    @contextmanager
    def _customer_choice_followed(self, vals):
        """Whoever enters another customer has chosen the one of an order whose sender may be several."""
        flagged = self.browse()
        if 'partner_id' in vals:
            flagged = self.filtered(
                lambda order: order.customer_to_check and order.partner_id.id != vals['partner_id'])
        yield self
        if flagged:
            flagged.sudo()._write_guarded({'customer_to_check': False})

    @api.depends('customer_to_check')
    def _compute_missing_information(self):
        return super()._compute_missing_information()

    def _get_missing_information(self, severity='blocking'):
        missing = super()._get_missing_information(severity)
        if severity == 'blocking':
            for order in self.sudo().filtered('customer_to_check'):
                missing[order.id].insert(0, order._describe_customer_to_check())
        return missing

    def _describe_customer_to_check(self):
        """:return: sentence that names the candidates, to people"""
        if self._is_intake_machine_user():
            # A number or an address would be answered with the name of whoever has it.
            return self.env._("The customer could not be identified. The sales team will select the right one.")
        return self.env._(
            "Select the customer: “%(sender)s” may be %(candidates)s, or a new customer.",
            sender=self.partner_id.name,
            candidates=format_list(self.env, self.customer_candidate_ids.mapped('display_name')[:5], 'or'))

    def _get_confirmation_obstacles(self):
        obstacles = super()._get_confirmation_obstacles()
        for order in self.sudo().filtered('customer_to_check'):
            obstacles[order.id] = self.env._(
                "The customer of %(order)s could not be identified: select one first.", order=order.display_name)
        return obstacles

    # -- actions --------------------------------------------------------------------------------

    def action_choose_customer(self, partner_id=None):
        """Say who the customer of orders is that came from a sender who may be several.

        :param partner_id: id of the ``res.partner``; by default the sender is a new customer, and the contact with
            what was sent is kept
        :return: True
        :raise AccessError: for people who are no sales staff, or may not write the orders or read the partner
        :raise UserError: with the first order whose customer is not to be checked; then nothing is changed
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        if unflagged := self.sudo().filtered(
                lambda order: not order.customer_to_check or order.state not in ('draft', 'sent'))[:1]:
            raise UserError(self.env._(
                "There is no customer to select for %(order)s: the customer is already identified, or the order is "
                "closed.",
                order=unflagged.display_name))
        partner = self.env['res.partner'].browse(read_id(partner_id) or ()).exists()
        partner.check_access('read')
        if partner_id and (not partner or partner.company_id and partner.company_id != self.company_id):
            raise UserError(self.env._("This customer does not belong to the company of the orders: select another "
                                       "one."))
        self._action_choose_customer(partner)
        return True

    def _action_choose_customer(self, partner):
        """Give orders the customer that a person has chosen, as superuser and after all checks.

        :param partner: ``res.partner``, empty where the contact of each order is a new customer
        """
        orders_sudo = self.sudo()
        for order in orders_sudo:
            # Delivered to where the sender has said, whichever customer it is.
            shipping = order.partner_shipping_id - order.partner_id
            if not partner:
                (order.partner_id | order.partner_shipping_id).write({'active': True})
                continue
            if shipping.parent_id == order.partner_id and not shipping.active:
                shipping.write({'active': True, 'parent_id': partner.id})
            order._write_guarded(order._prepare_chosen_customer_vals(partner, shipping))
        orders_sudo._write_guarded({'customer_to_check': False})
        orders_sudo._message_log_batch(bodies={
            order.id: self.env._("The customer was selected: %(customer)s.", customer=order.partner_id.display_name)
            for order in orders_sudo})

    def _prepare_chosen_customer_vals(self, partner, shipping):
        """Values of one order with its customer; what the sender has given stays.

        :param shipping: the delivery address that the sender has given, may be empty
        """
        vals = {'partner_id': partner.id, 'user_id': self.user_id.id}
        if shipping:
            vals['partner_shipping_id'] = shipping.id
        sent = self.received_payload or {}
        if sent.get('payment_term'):
            vals['payment_term_id'] = self.payment_term_id.id
        if sent.get('currency'):
            vals['pricelist_id'] = self.pricelist_id.id
        return vals

    def action_open_customer_choice(self):
        """:return: the action that asks which of several customers the sender of this order is
        :raise AccessError: for people who are no sales staff
        """
        self._check_one()
        self._check_lifecycle_sales()
        self.check_access('write')
        choice = self.env['order.customer.choice'].create({
            'order_id': self.id,
            # Only those that the person may read.
            'line_ids': [
                Command.create({'partner_id': partner.id})
                for partner in self.customer_candidate_ids._filtered_access('read')],
        })
        return {
            **choice._get_records_action(name=self.env._("Select the Customer"), target='new'),
            'views': [(False, 'form')],
            # Namesakes differ in the other columns.
            'context': {**self.env.context, 'dialog_size': 'extra-large'},
        }
