from collections import defaultdict
from contextlib import ExitStack, contextmanager

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from .mail_message import DOCUMENT_GOES


class SaleOrder(models.Model):
    _name = 'sale.order'
    _inherit = [
        'sale.order', 'order.guarded.mixin', 'order.computed.mixin', 'order.batch.mixin', 'order.board.mixin',
        'order.dossier.mixin',
    ]
    # Values of people that core writes as superuser, nested in those of another record, stay values of people.
    _allow_sudo_commands = False

    policy_id = fields.Many2one(
        'order.policy', string="Order Policy", compute='_compute_policy_id', store=True, precompute=True,
        copy=False, index='btree_not_null',
        help="The policy that applies to this order: the one in force when it was registered.")
    lifecycle_phase = fields.Selection(
        selection=[
            ('quotation', "Quotation"),
            ('cancelled', "Cancelled"),
        ],
        string="Phase", compute='_compute_lifecycle_phase', store=True, copy=False, index='btree_not_null',
        group_expand=True,
        help="The phase of the order. It is determined by its actual progress and cannot be set manually.")
    company_currency_id = fields.Many2one(related='company_id.currency_id', string="Company Currency")
    company_amount_untaxed = fields.Monetary(
        "Untaxed Amount in Company Currency", compute='_compute_company_amount_untaxed', store=True,
        currency_field='company_currency_id', help="The amount that is compared with the limits of the policy.")
    limit_rate_date = fields.Date(
        "Day of the Rate for Limits", readonly=True, copy=False,
        help="Limits of the policy are converted with the exchange rate of this day: the day of the last submission.")
    limit_rate = fields.Float(
        "Rate for Limits", compute='_compute_limit_rate', store=True, copy=False, digits=0,
        help="The exchange rate used for the limits of the policy. It is kept until the order is submitted again.")
    waiting_for = fields.Char(compute='_compute_waiting_for', help="The department or user the order is waiting for.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('company_id')
    def _compute_policy_id(self):
        # Depends on the company only: what is in force later changes no order that exists. The
        # registration and the adoption write the field where the policy says so.
        for order in self:
            if not order.policy_id or order.policy_id.sudo().company_id != order.company_id:
                order.policy_id = order.company_id.sudo().order_policy_id

    # Neither on the date of the order, which the confirmation changes, nor on the rates: what limits use is kept.
    @api.depends('limit_rate_date', 'currency_id', 'company_id')
    def _compute_limit_rate(self):
        Currency = self.env['res.currency']
        for order in self:
            order.limit_rate = order.limit_rate_date and Currency._get_conversion_rate(
                order.company_id.currency_id, order.currency_id, order.company_id, order.limit_rate_date)

    @api.depends('amount_untaxed', 'currency_rate', 'limit_rate', 'company_id')
    def _compute_company_amount_untaxed(self):
        for order in self:
            order.company_amount_untaxed = order.company_id.currency_id.round(
                order.amount_untaxed / order._get_limit_rate())

    def _get_limit_rate(self):
        """:return: how much of the currency of this order one unit of the company's is where limits are concerned"""
        self.ensure_one()
        return self.limit_rate or self.currency_rate or 1.0

    def _keep_limit_rate(self):
        """Let limits use the rate of today from now on, as superuser."""
        for today, orders in self.grouped(lambda order: order._get_lifecycle_today()).items():
            if outdated := orders.filtered(lambda order, today=today: order.limit_rate_date != today):
                outdated._write_guarded({'limit_rate_date': today})

    @api.depends('state', 'policy_id')
    def _compute_lifecycle_phase(self):
        for order in self:
            if not order.policy_id:
                order.lifecycle_phase = False
            elif order.state == 'cancel':
                order.lifecycle_phase = 'cancelled'
            else:
                order.lifecycle_phase = order._get_lifecycle_phase()

    def _get_lifecycle_phase(self):
        """The phase of an order under policy that is not cancelled.

        Each room asks for its own fact first and falls back on ``super()``: the latest phase wins.
        It may read stored fields of the order only, and names them in ``_compute_lifecycle_phase``.

        :return: a value of ``lifecycle_phase``
        """
        self.ensure_one()
        return 'quotation'

    @api.model
    def _get_board_columns(self):
        return {**super()._get_board_columns(), 'lifecycle_phase': {'cancelled'}}

    @api.depends('lifecycle_phase')
    @api.depends_context('lang')
    def _compute_waiting_for(self):
        waiting = self._get_waiting_for()
        for order in self:
            order.waiting_for = format_list(self.env, waiting.get(order.id, ())) or False

    def _get_waiting_for(self):
        """Whom each order waits for. Rooms add to the result of ``super()`` for their phases.

        :return: dict order id → list of translated names of roles, persons or "Customer"
        """
        waiting = defaultdict(list)
        sales = self.env['order.role']._get_by_code('sales').sudo().name
        for order in self:
            if order.lifecycle_phase == 'quotation':
                waiting[order.id].append(sales)
        return waiting

    @api.model
    def _get_role_names(self, codes):
        """:return: list of the translated names of the roles with these codes"""
        return [self.env['order.role']._get_by_code(code).sudo().name for code in codes]

    # -- events ---------------------------------------------------------------------------------

    def _lifecycle_event(self, event, **details):
        """Hook: something has happened to these orders; called once for a batch, as superuser, in its transaction.

        Does nothing. Override it to tell another system, and do what cannot be undone after the commit
        (``self.env.cr.postcommit``): the transaction may be repeated or undone. In the order of an order's life:

        ==============================  ====================================================  ===============
        event                           these orders                                          details
        ==============================  ====================================================  ===============
        ``registered``                  are in the ledger
        ``customer_accepted``           were signed or paid while the company checks them     ``method``
        ``submitted``                   were passed on to review, again after a return
        ``review_pending``              wait for the departments whose reviews begin          ``reviews``
        ``undecidable``                 wait for reviews that nobody can decide               ``reviews``
        ``asked``                       wait for the answer of sales to a question            ``reviews``
        ``answered``                    have it                                               ``reviews``
        ``decided``                     were approved, returned or rejected by a department   ``reviews``
        ``returned``                    go back to sales for correction                       ``reviews``
        ``rejected``                    are refused by a department                           ``reviews``
        ``revoked``                     had a decision that was taken back                    ``reviews``
        ``lapsed``                      had an approval that is too old now                   ``reviews``
        ``approved``                    are accepted by the company
        ``reopened``                    are accepted no more: their values have changed
        ``customer_acceptance_lapsed``  have to be accepted by the customer again
        ``customer_declined``           are declined, and the customer is informed of the reason
        ``released``                    are confirmed in an emergency, before their review
        ``release_approved``            are approved after that
        ``release_refused``             are returned or rejected after that
        ``confirmed``                   became sales orders
        ``urged``                       have a department that sales urges to report          ``requests``
        ``progress_reported``           have a report of a department on their progress       ``requests``
        ``cancelled``                   are cancelled
        ``fulfilled``                   are delivered and done; their settlement opens        ``settlements``
        ``settled``                     are settled                                           ``settlements``
        ``archived``                    have their dossier sealed                             ``archives``
        ==============================  ====================================================  ===============

        :param event: one of these names
        :param details: the records that belong to the event, as superuser; ``method`` is text
        """

    # -- guarded fields and company -------------------------------------------------------------

    def _get_guarded_fields(self):
        # Rules of the policy look at amounts: those follow from the lines, whatever a client writes.
        return super()._get_guarded_fields() | {
            'policy_id', 'lifecycle_phase', 'company_amount_untaxed', 'amount_untaxed', 'amount_tax', 'amount_total',
            'currency_rate', 'limit_rate_date', 'limit_rate',
        }

    def write(self, vals):
        """Write between what each room asks before and does afterwards; see :meth:`_get_write_steps`."""
        orders, vals = self._keep_on_record(vals), vals.copy()
        with ExitStack() as steps:
            for _number, name in sorted(self._get_write_steps()):
                orders = steps.enter_context(getattr(orders, name)(vals))
            return super(SaleOrder, orders).write(vals)

    @api.model
    def _get_write_steps(self):
        """What lies around each write of orders; each room adds its steps, and nothing else overrides ``write``.

        A step is a context manager that is called with the values, which it may change. What stands before its
        ``yield`` is done before the write, in the order of the numbers, what stands after it afterwards, in the reverse
        order; after an error nothing more is done. It yields the orders that the steps within and the write go on with.

        :return: list of pairs of a number and the name of a method
        """
        return [(90, '_company_kept')]

    @contextmanager
    def _company_kept(self, vals):
        """An order under policy does not move to another company."""
        if 'company_id' in vals and all(order.company_id.id == vals['company_id'] for order in self):
            # No change, so that orders from before the adoption do not come under the policy by it.
            del vals['company_id']
        if 'company_id' in vals:
            # A constraint would come too late: by then the policy follows the new company.
            for order in self:
                if order.policy_id and order.company_id.id != vals['company_id']:
                    raise UserError(self.env._(
                        "%(order)s is subject to the order policy of %(company)s and cannot move to another company. "
                        "Cancel it and enter it in the other company.",
                        order=order.display_name, company=order.company_id.name))
        yield self

    def _keep_on_record(self, vals):
        """:return: these orders; without what would keep a tracked change of an order under policy from its record"""
        names = set(vals)
        if vals.get('state') == 'sent':
            # Core itself marks quotations as sent without a note.
            names.discard('state')
        # Totals follow the lines. Where OdooBot works, nobody has sent a flag.
        if self.env.transaction.default_env.uid == SUPERUSER_ID or (
                (self._track_get_fields() | {'order_line'}).isdisjoint(names)):
            return self
        kept = self._without_silence()
        return kept if kept is not self and any(order.policy_id for order in self.sudo()) else self

    def unlink(self):
        # Its messages go with it; otherwise nobody deletes what is noted on an order under policy.
        return super(SaleOrder, self.with_context(messages_go_with_document=DOCUMENT_GOES)).unlink()

    # -- rights ---------------------------------------------------------------------------------

    @api.model
    def _is_lifecycle_sales(self):
        """Whether the person may register, submit and change orders under policy.

        Asked of ``env.user`` whatever ``env.su`` is. OdooBot may: channels, crons and the portal
        act as it, and it decides no review.
        """
        return self.env.user._is_superuser() or self.env.user.has_group('sales_team.group_sale_salesman')

    @api.model
    def _check_lifecycle_sales(self):
        """:raise AccessError: unless the person may register and submit orders"""
        if not self._is_lifecycle_sales():
            raise AccessError(self.env._(
                "Only sales staff can do this. Ask a member of the sales team to do it."))

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'name', 'state', 'company_id', 'policy_id', 'partner_id', 'partner_invoice_id', 'partner_shipping_id',
            'client_order_ref', 'user_id', 'team_id', 'signed_by', 'signed_on', 'payment_term_id', 'pricelist_id',
            'fiscal_position_id', 'currency_id', 'amount_untaxed', 'amount_tax', 'amount_total', 'note',
        ]

    def _get_dossier_parts(self):
        return {**super()._get_dossier_parts(), 'lines': self.order_line}

    def _get_dossier_kinds(self):
        """Which kinds of documents these orders have of themselves, so that a rule of the policy can ask for them.

        Each room adds its own to the sets of ``super()``.

        :return: dict order id → set of kinds
        """
        return {order.id: {'contract'} for order in self}

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        """Which buttons the form keeps for people who only read orders; each room adds its own.

        :return: set of names
        """
        return set()

    @api.model
    def _get_reader_field_names(self):
        """Which values that core works out without storing them are shown to people who only read orders, although they
        are made from documents that these people may not read; each room adds its own. Those of this addon are.

        :return: set of names
        """
        return set()
