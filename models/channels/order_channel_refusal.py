import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .order_payload import Problem

# How much of what was refused is kept of a channel and a sender within a day; the system parameters
# ``sale_order_lifecycle.max_refusals`` and ``sale_order_lifecycle.max_refused_megabytes`` say otherwise.
MAX_REFUSALS = 2000
MAX_REFUSED_MEGABYTES = 100
QUOTA_TIME = timedelta(days=1)


class OrderChannelRefusal(models.Model):
    """An order that a machine submitted, or a mail, that was not taken in: nothing received vanishes.

    Rows are made by ``order.channel.submit_orders`` and the gateway of mails only; nobody has the right to write them.
    """
    _name = 'order.channel.refusal'
    _inherit = ['order.guarded.mixin', 'order.batch.mixin']
    _description = "Refused Submission"
    _order = 'received_at desc, id desc'
    _rec_name = 'reference'
    _allow_sudo_commands = False
    _made_by_actions = True

    company_id = fields.Many2one('res.company', required=True, index=True, ondelete='cascade')
    channel_id = fields.Many2one('order.channel', index='btree_not_null', ondelete='set null')
    channel_code = fields.Char(help="The code given by the sender.")
    reference = fields.Char(index='btree_not_null', help="The order number of the sender.")
    # Ignored: mails that a program has sent, loops, and mails on somebody else's order.
    status = fields.Selection(
        [('rejected', "Rejected"), ('conflict', "Conflict"), ('ignored', "Ignored")], required=True)
    received_at = fields.Datetime(required=True, index=True)
    user_id = fields.Many2one('res.users', string="Submitted By", ondelete='set null')
    order_id = fields.Many2one(
        'sale.order', string="Order in Conflict", index='btree_not_null', ondelete='set null',
        help="The order previously received under this reference.")
    payload = fields.Json("Received Data")
    attachment_ids = fields.One2many(
        'ir.attachment', 'res_id', string="Files", domain=[('res_model', '=', 'order.channel.refusal')], readonly=True)
    errors = fields.Json("Error Data")

    # what people read
    payload_text = fields.Text("Received Content", compute='_compute_payload_text')
    error_summary = fields.Text("Errors", compute='_compute_error_summary')

    @api.depends('payload')
    def _compute_payload_text(self):
        for refusal in self:
            refusal.payload_text = json.dumps(refusal.payload, indent=2, ensure_ascii=False)

    @api.depends('errors')
    @api.depends_context('lang')
    def _compute_error_summary(self):
        for refusal in self:
            refusal.error_summary = '\n'.join(map(self._describe_error, refusal.errors or []))

    # -- why ------------------------------------------------------------------------------------

    @api.model
    def _prepare_error(self, code, field, reason, /, **values):
        """
        :param code: what programs know it by
        :param reason: a key of :meth:`_get_reasons`; what it says is told in the language of whoever reads it
        :param values: what the sentence names
        :return: dict as ``errors`` keeps it
        """
        error = {'code': code, 'field': field, 'reason': reason, 'values': values}
        return {**error, 'message': self._describe_error(error)}

    @api.model
    def _describe_error(self, error):
        """:return: one of ``errors`` as a sentence: in the language of the environment where it is ours, else as it was
            written"""
        reasons = self._get_reasons(error.get('values') or {}) if error.get('reason') else {}
        return reasons.get(error.get('reason')) or error.get('message') or ''

    @api.model
    def _get_reasons(self, values):
        """Why something was not taken in; override for more.

        :param values: dict of what the sentence names
        :return: dict key of a reason → sentence in the language of the environment
        """
        return {
            'quota': self.env._(
                "%(count)s orders or %(megabytes)s MB were refused within a day: further refusals are not stored "
                "until a day has passed.", count=values.get('count'), megabytes=values.get('megabytes')),
            'calendar': self.env._("The e-mail is an invitation to a meeting, or the answer to one."),
            'own_address': self.env._("The e-mail comes from an address of this database."),
            'automatic': self.env._("The e-mail was sent automatically, such as an out-of-office reply."),
            'too_many': self.env._(
                "The sender has sent too many e-mails in a short time, such as programs replying to each other."),
            'report': self.env._(
                "The e-mail is a read receipt, or reports that a message could not be delivered."),
            'no_company': self.env._(
                "The e-mail was fetched without an address of an order channel, and several companies have one: "
                "create the order in the company to which it belongs."),
            'unknown_sender': self.env._(
                "The address accepts e-mails only from known senders; this one was informed."),
            'received_before': self.env._(
                "An e-mail with the same Message-ID was received before, with another content or elsewhere."),
            'elsewhere': self.env._(
                "The e-mail was added to another record, such as the one that it replies to."),
            'foreign_thread': self.env._(
                "The e-mail is a reply to a message about %(order)s, but its sender is not involved in that order.",
                order=values.get('order')),
            'concurrency': self.env._(
                "The e-mail could not be taken in as somebody else was changing the same data at that moment."),
            'too_deep': self.env._(
                "The e-mail could not be read: its parts are nested too deeply, or there are too many."),
            'not_created': self.env._(
                "The order of the e-mail could not be created: %(reason)s", reason=values.get('reason')),
            'unreadable': self.env._(
                "The e-mail could not be read or stored. The administrator can find the details in the log."),
        }

    def _has_field_access(self, field, operation):
        # It may be the order of another sender; of its own ones a machine is told in the answer.
        return super()._has_field_access(field, operation) and (
            field.name != 'order_id' or not self.env['sale.order']._is_intake_machine())

    # -- how much is kept -----------------------------------------------------------------------

    @api.model
    def _claim_room(self, channel, company, sender, count=1):
        """Ask how much more of what is refused is kept: nobody fills the disk with what is no order.

        The first time that there is not enough, a row is made that says so.

        :param channel: ``order.channel``, empty where the sender has named none
        :param sender: ``res.users``, empty for mails, which come from anybody
        :param count: how many are to be kept
        :return: pair (number of rows; :class:`Problem` that tells a sender who has reached the limit)
        """
        Submission = self.env['order.submission']
        most = Submission._get_limit('max_refusals', MAX_REFUSALS)
        megabytes = Submission._get_limit('max_refused_megabytes', MAX_REFUSED_MEGABYTES)
        present, size, is_reported = self._measure_kept(channel, company, sender)
        room = 0 if size >= megabytes * 1024 * 1024 else max(most - present, 0)
        if room < count and not is_reported:
            self._create_guarded({
                'company_id': company.id,
                'channel_id': channel.id,
                'channel_code': channel.code,
                'status': 'rejected',
                'received_at': fields.Datetime.now(),
                'user_id': sender.id,
                'errors': [self._prepare_error('too_large', '', 'quota', count=most, megabytes=megabytes)],
            })
        return room, Problem('too_large', '', self.env._(
            "Too many submissions were refused within a day (%(count)s orders or %(megabytes)s MB), so this one is not "
            "stored: correct the data and send it again.", count=most, megabytes=megabytes))

    @api.model
    def _measure_kept(self, channel, company, sender):
        """:return: triple of what was kept within a day: number, bytes with files (those of a mail are inside of it),
            whether a row says that it is all"""
        self.flush_model()
        return self.env.execute_query(SQL(
            """
            WITH kept AS (
                SELECT id, original_id, pg_column_size(payload) AS size,
                       payload IS NULL AND errors->0->>'code' = 'too_large' AS is_notice
                  FROM order_channel_refusal
                 WHERE company_id = %(company)s
                   AND channel_id IS NOT DISTINCT FROM %(channel)s
                   AND user_id IS NOT DISTINCT FROM %(user)s
                   AND received_at > %(since)s
            )
            SELECT COUNT(*), COALESCE(SUM(size), 0) + COALESCE((
                SELECT SUM(file_size)
                  FROM kept
                  JOIN ir_attachment file ON file.res_model = 'order.channel.refusal' AND file.res_id = kept.id
                 WHERE kept.original_id IS NULL OR kept.original_id = file.id), 0),
                   COALESCE(BOOL_OR(is_notice), FALSE)
              FROM kept
            """,
            company=company.id, channel=channel.id or None, user=sender.id or None,
            since=fields.Datetime.now() - QUOTA_TIME,
        ))[0]
