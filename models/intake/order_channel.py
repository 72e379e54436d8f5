from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class OrderChannel(models.Model):
    """A way on which orders reach a company (article I1); the list is the company's own."""
    _name = 'order.channel'
    _description = "Order Channel"
    _order = 'sequence, id'
    _rec_names_search = ['name', 'code']
    _check_company_auto = True
    _allow_sudo_commands = False

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="The code that external systems use to submit orders to this channel.")
    kind = fields.Selection(
        [('phone', "Phone"), ('email', "E-mail"), ('web', "Web Shop"), ('platform', "Platform"), ('other', "Other")],
        required=True, default='other')
    company_id = fields.Many2one('res.company', required=True, index=True, default=lambda self: self.env.company)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    is_default = fields.Boolean(
        "Default", compute='_compute_is_default', inverse='_inverse_is_default',
        help="Default channel of orders registered without a channel, unless the user who registers them has another "
             "default.")

    # what orders of the channel get
    team_id = fields.Many2one('crm.team', string="Sales Team", check_company=True)
    user_id = fields.Many2one(
        'res.users', string="Salesperson", check_company=True, domain=[('share', '=', False)],
        help="The salesperson of submitted orders that do not name one.")
    auto_submit = fields.Boolean(
        "Submit for Review", help="Complete orders submitted by a system are submitted for review automatically.")

    # use
    order_count = fields.Integer("Registered Orders", compute='_compute_order_count')

    # -- constraints ----------------------------------------------------------------------------

    _code_company_unique = models.Constraint(
        'UNIQUE (company_id, code)', "The company already has a channel with this code: use a different one.")

    @api.constrains('code')
    def _check_code(self):
        for channel in self:
            if not channel.code or channel.code != channel.code.strip():
                raise ValidationError(self.env._(
                    "The code of the channel “%(channel)s” must neither be blank nor begin or end with a space.",
                    channel=channel.name))

    @api.constrains('company_id')
    def _check_company_of_orders(self):
        orders = self.env['sale.order'].sudo().search([('channel_id', 'in', self.ids)])
        for order in orders:
            if order.company_id != order.channel_id.company_id:
                raise ValidationError(self.env._(
                    "“%(channel)s” already has orders of %(company)s, so it cannot move to another company: create a "
                    "channel there.", company=order.company_id.name, channel=order.channel_id.name))

    # -- compute --------------------------------------------------------------------------------

    @api.depends('company_id.order_channel_id')
    def _compute_is_default(self):
        for channel in self:
            channel.is_default = channel.company_id.sudo().order_channel_id == channel._origin

    def _inverse_is_default(self):
        # Who may write channels may say which is the default; the company itself is another right.
        for channel in self:
            company_sudo = channel.company_id.sudo()
            if channel.is_default:
                company_sudo.order_channel_id = channel
            elif company_sudo.order_channel_id == channel:
                company_sudo.order_channel_id = False

    def _compute_order_count(self):
        counts = dict(self.env['sale.order']._read_group(
            [('channel_id', 'in', self.ids), ('received_at', '!=', False)], ['channel_id'], ['__count']))
        for channel in self:
            channel.order_count = counts.get(channel._origin, 0)

    # -- CRUD -----------------------------------------------------------------------------------

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for channel, vals in zip(self, vals_list):
            if 'name' not in default:
                vals['name'] = self.env._("%(name)s (copy)", name=channel.name)
            if 'code' not in default:
                vals['code'] = channel._get_free_code()
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = self.env['sale.order'].sudo().search([('channel_id', 'in', self.ids)], limit=1)
        if used:
            raise UserError(self.env._(
                "“%(channel)s” already has orders, for example %(order)s: archive it instead of deleting it.",
                channel=used.channel_id.name, order=used.name))

    # -- actions --------------------------------------------------------------------------------

    def action_open_orders(self):
        """:return: the ledger of the orders that arrived on these channels"""
        return self._open_action(
            'sale_order_action_ledger', domain=[('received_at', '!=', False), ('channel_id', 'in', self.ids)])

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_default_channel(self, company):
        """The channel of an order that the person registers without choosing one.

        :param company: ``res.company`` of the order
        :return: ``order.channel`` of that company, the person's or else the company's; may be empty
        """
        for owner in (self.env.user, company):
            channel = owner.sudo().with_company(company).order_channel_id
            if channel.active and channel.company_id == company:
                return channel.sudo(self.env.su)
        return self.browse()

    @api.model
    def _create_standard_channels(self, companies):
        """Give companies that have no channel one of each kind, the phone as default.

        :param companies: ``res.company``
        """
        present = self.with_context(active_test=False).search([('company_id', 'in', companies.ids)]).company_id
        kinds = self._fields['kind'].get_values(self.env)
        channels = self.create([
            {'name': kind, 'code': kind, 'kind': kind, 'company_id': company.id, 'sequence': 10 * number}
            for company in companies - present for number, kind in enumerate(kinds, start=1)
        ])
        for lang, _name in self.env['res.lang'].get_installed():
            labels = dict(self._fields['kind']._description_selection(self.with_context(lang=lang).env))
            for channel in channels.with_context(lang=lang):
                channel.name = labels[channel.kind]
        for channel in channels:
            if channel.kind == 'phone' and not channel.company_id.order_channel_id:
                channel.company_id.order_channel_id = channel

    def _get_free_code(self):
        """:return: the code of this channel with the first number behind it that no channel of its company has"""
        self.ensure_one()
        taken = set(self.with_context(active_test=False).search(
            [('company_id', '=', self.company_id.id)]).mapped('code'))
        number = 2
        while f'{self.code}_{number}' in taken:
            number += 1
        return f'{self.code}_{number}'
