from email.message import EmailMessage

from odoo import api, fields, models
from odoo.exceptions import UserError

from .incoming_mail import IncomingMail


class OrderChannelRefusal(models.Model):
    """A mail that is no order, or could not be read: a person may make an order of it all the same (article I1)."""
    _inherit = 'order.channel.refusal'

    mail_digest = fields.Char(
        "Digest of the E-mail", index='btree_not_null', help="Tells whether an e-mail that comes again is this one.")
    original_id = fields.Many2one(
        'ir.attachment', string="Original E-mail", index='btree_not_null', ondelete='set null')
    created_order_id = fields.Many2one(
        'sale.order', string="Order Created", index='btree_not_null', ondelete='set null',
        help="The order that was created from this e-mail.")

    can_create_order = fields.Boolean(compute='_compute_can_create_order')

    @api.depends('payload', 'original_id', 'created_order_id')
    @api.depends_context('uid')
    def _compute_can_create_order(self):
        # Records that are not saved yet can be no mail.
        refused = self._origin._get_creation_refusals()
        may_create = self.env['sale.order']._is_lifecycle_sales()
        for refusal in self:
            refusal.can_create_order = bool(may_create and refusal._origin and refusal._origin.id not in refused)

    @api.model
    def _is_listed(self, channel, company, digest):
        """:return: whether a mail of this digest is in the list of a channel, or of a company where it came by none"""
        return bool(self.sudo().search_count([
            ('channel_id', '=', channel.id), ('company_id', '=', company.id), ('mail_digest', '=', digest)], limit=1))

    # -- actions --------------------------------------------------------------------------------

    def action_create_order(self):
        """Make orders of mails that were refused, each once (articles I1, I2).

        :return: the action that opens the orders
        :raise AccessError: for people who are no sales staff, or may not read the rows
        :raise UserError: with the first row that is no mail, or of which an order was made; then none is
        """
        self.env['sale.order']._check_lifecycle_sales()
        self.env['sale.order'].check_access('create')
        self._check_refusals(self._get_creation_refusals())
        return self._action_create_order()._open_records()

    def _get_creation_refusals(self):
        """Why no order can be made of rows.

        :return: dict row id → exception with one sentence
        """
        return self._collect_refusals(lambda refusal: refusal._get_creation_refusal())

    def _get_creation_refusal(self):
        self.ensure_one()
        if not self._is_mail():
            return UserError(self.env._("Only refused e-mails can become orders: ask the sender to submit it again."))
        if self.created_order_id:
            return UserError(self.env._(
                "%(order)s was already created from this e-mail.", order=self.created_order_id.name))
        if not self._get_mail_channel():
            return UserError(self.env._(
                "%(company)s has no channel for e-mails: create one first.", company=self.company_id.name))
        return None

    def _is_mail(self):
        """:return: whether it is a mail of which enough is kept"""
        self.ensure_one()
        # A machine may send a number of a message, too; its rows name who has submitted them.
        return bool(self.original_id or (
            not self.user_id and isinstance(self.payload, dict) and self.payload.get('message_id')))

    def _get_mail_channel(self):
        """:return: the ``order.channel`` that an order of this mail gets; may be empty"""
        self.ensure_one()
        return self.channel_id or self.env['order.channel'].search([
            ('company_id', '=', self.company_id.id), ('kind', '=', 'email')], limit=1)

    def _action_create_order(self):
        """Make orders of any number of mails, as superuser and after all checks.

        :return: ``sale.order``, with the rights of the person
        """
        refusals_sudo = self.sudo()
        if refusals_sudo.try_lock_for_update() != refusals_sudo:
            raise UserError(self.env._("Somebody else is creating orders from these e-mails: reload the page."))
        refusals_sudo.invalidate_recordset(['created_order_id'])
        self._check_refusals(self._get_creation_refusals())
        orders = self.env['sale.order']
        for refusal in refusals_sudo:
            order = refusal._create_order()
            refusal._write_guarded({'created_order_id': order.id})
            orders |= order.with_env(orders.env)
        return orders

    def _create_order(self):
        """:return: the ``sale.order`` of this mail, the one that was made of it before where it was received again"""
        channel = self._get_mail_channel()
        incoming = IncomingMail(self._get_raw_mail())
        incoming.channel_ids = channel.ids
        incoming.actor_id = self.env.uid
        channel = channel.with_context(order_lifecycle_mail=incoming)
        channel._read_anew(incoming)
        order = channel._find_order_of_mail(incoming)
        if not order:
            order = channel._take_in_refused_mail(incoming)
        order._message_log(body=self.env._(
            "%(user)s created this order from a refused e-mail: %(reason)s",
            user=self.env.user.name, reason=self.error_summary))
        return order

    def _get_raw_mail(self):
        """:return: bytes of the mail as it came, else as far as it is kept"""
        if self.original_id:
            return self.original_id.raw or b''
        payload = self.payload
        mail = EmailMessage()
        mail['Date'] = fields.Datetime.context_timestamp(self.with_context(tz='UTC'), self.received_at)
        for name, key in (('From', 'from'), ('Subject', 'subject'), ('Message-ID', 'message_id')):
            if value := payload.get(key):
                try:
                    mail[name] = ' '.join(str(value).split())
                except Exception:  # the library raises whatever it trips over
                    continue
        mail.set_content(str(payload.get('body') or ''))
        for attachment in self.attachment_ids:
            mail.add_attachment(
                attachment.raw or b'', maintype='application', subtype='octet-stream', filename=attachment.name)
        return mail.as_bytes()
