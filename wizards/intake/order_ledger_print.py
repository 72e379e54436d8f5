from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import date_utils


class OrderLedgerPrint(models.TransientModel):
    """Asks for which period, and for which channels and salespeople, the ledger is printed (article I2)."""
    _name = 'order.ledger.print'
    _description = "Print the Order Ledger"
    _check_company_auto = True

    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company)
    date_from = fields.Date("From", required=True, default=lambda self: self._get_default_dates()[0])
    date_to = fields.Date("To", required=True, default=lambda self: self._get_default_dates()[1])
    channel_ids = fields.Many2many(
        'order.channel', string="Channels", check_company=True, help="All channels if empty.")
    user_ids = fields.Many2many('res.users', string="Salespeople", help="All salespeople if empty.")
    order_count = fields.Integer("Orders", compute='_compute_order_count')

    @api.model
    def _get_default_dates(self):
        """:return: first and last day of the present month where the company works"""
        today = self.env.company._get_local_date()
        return date_utils.start_of(today, 'month'), today

    @api.depends('company_id', 'date_from', 'date_to', 'channel_ids', 'user_ids')
    def _compute_order_count(self):
        for wizard in self:
            wizard.order_count = self.env['sale.order'].search_count(wizard._get_order_domain())

    def _get_period_domain(self):
        """:return: Domain of what was received in the period, in the days of the place where the company works"""
        self.ensure_one()
        if not self.date_from or not self.date_to:
            return Domain.FALSE
        first, last = (
            self.company_id._to_moment(day) for day in (self.date_from, self.date_to + timedelta(days=1)))
        return Domain('received_at', '>=', first) & Domain('received_at', '<', last)

    def _get_order_domain(self):
        """:return: Domain of the orders in the ledger"""
        domain = self._get_period_domain() & Domain('company_id', '=', self.company_id.id)
        if self.channel_ids:
            domain &= Domain('channel_id', 'in', self.channel_ids.ids)
        if self.user_ids:
            domain &= Domain('user_id', 'in', self.user_ids.ids)
        return domain

    def _get_refusal_domain(self):
        """:return: Domain of what was refused at the door in the same period"""
        domain = self._get_period_domain() & Domain('company_id', '=', self.company_id.id)
        if self.channel_ids:
            domain &= Domain('channel_id', 'in', self.channel_ids.ids)
        return domain

    def action_print(self):
        """:return: the action that prints the ledger
        :raise UserError: if the period ends before it begins, or holds more than can be printed
        """
        self._check_one()
        if self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins: correct the dates."))
        self.env['sale.order']._check_printed_ledger(self.order_count)
        return self._get_report_action('action_report_order_ledger')
