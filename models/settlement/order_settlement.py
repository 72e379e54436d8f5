from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_amount, plaintext2html

from ..mixins.arguments import read_text

# What finance itself may note before an order is settled.
_NOTED_FIELDS = {'difference_reason', 'fault_role_id'}


class OrderSettlement(models.Model):
    """Whether the customer has paid what was agreed for one order (articles S1-S3).

    A row opens by itself when its order is fulfilled, follows Odoo's own invoices and payments, and is
    settled by finance. From then on its amounts stay as they were. Nobody creates or deletes rows.
    """
    _name = 'order.settlement'
    _inherit = [
        'order.deadline.mixin', 'order.batch.mixin', 'order.part.mixin', 'order.board.mixin', 'order.dossier.mixin',
        'mail.thread', 'mail.activity.mixin',
    ]
    _description = "Order Settlement"
    _order = 'deadline, id'
    _rec_name = 'order_id'
    _check_company_auto = True
    _mail_post_access = 'read'
    _allow_sudo_commands = False
    _made_by_actions = True

    order_id = fields.Many2one('sale.order', required=True, readonly=True, ondelete='restrict')
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='order_id.currency_id', store=True)
    partner_id = fields.Many2one(related='order_id.partner_id', store=True, index=True)
    salesperson_id = fields.Many2one(related='order_id.user_id', string="Salesperson", store=True)
    payment_term_id = fields.Many2one(related='order_id.payment_term_id')
    fulfilled_at = fields.Datetime(related='order_id.fulfilled_at', store=True)
    order_state = fields.Selection(related='order_id.state', string="Order Status")
    state = fields.Selection(
        [('open', "Outstanding"), ('difference', "Difference"), ('to_check', "To Check"), ('settled', "Settled")],
        compute='_compute_amounts', store=True, index=True, group_expand=True,
        help="Outstanding: not invoiced or not paid in full. Difference: everything is paid, but the customer pays an "
             "amount other than agreed, which requires a reason. To check: finance can settle the order.")

    # the sides of the account, kept up to date until the order is settled
    contract_amount = fields.Monetary("Contract", compute='_compute_amounts', store=True, help="Order total.")
    owed_amount = fields.Monetary(
        "Delivered", compute='_compute_amounts', store=True,
        help="The amount delivered, at the prices of the order.")
    invoiced_amount = fields.Monetary(
        "Invoiced", compute='_compute_amounts', store=True,
        help="Posted invoices less credit notes for the lines of this order.")
    paid_amount = fields.Monetary(
        "Paid", compute='_compute_amounts', store=True,
        help="The payments received for these invoices. Write-offs are not counted as payments.")
    discount_amount = fields.Monetary(
        "Cash Discount", compute='_compute_amounts', store=True,
        help="The early payment discount that the payment terms grant and that the customer deducted in time.")
    unpaid_amount = fields.Monetary("Unpaid", compute='_compute_amounts', store=True)
    to_invoice_amount = fields.Monetary(
        "To Invoice", compute='_compute_amounts', store=True, help="The amount delivered and not yet invoiced.")
    difference_amount = fields.Monetary(
        "Difference", compute='_compute_amounts', store=True,
        help="The amount that the customer has paid and still has to pay, less the contract amount. A cash discount "
             "granted by the payment terms does not count as a difference.")
    is_different = fields.Boolean(
        "Differs", compute='_compute_amounts', store=True,
        help="The amount paid or invoiced differs from what was agreed and delivered by more than the tolerance of the "
             "policy.")
    invoice_due_date = fields.Date(
        "Payment Due", compute='_compute_amounts', store=True, help="Due date of the oldest unpaid invoice.")

    # the settlement
    difference_reason = fields.Text("Reason", help="Why the payment differs from what was agreed.")
    fault_role_id = fields.Many2one(
        'order.role', string="Department at Fault",
        ondelete='restrict', help="The role responsible for the difference.")
    settled_by_id = fields.Many2one('res.users', readonly=True)
    settled_at = fields.Datetime(readonly=True)
    settled_documents = fields.Json(
        readonly=True, groups='sale_order_lifecycle.group_manager',
        help="The invoices by which the order was settled, with their amounts.")
    corrected = fields.Boolean(
        "Changed After Settlement", compute='_compute_amounts', store=True,
        help="Invoices or payments have changed since the order was settled.")
    corrected_at = fields.Datetime(compute='_compute_amounts', store=True)

    # what the person sees and can do
    invoice_count = fields.Integer("Invoices", related='order_id.invoice_count')
    is_settler = fields.Boolean(compute='_compute_is_settler', search='_search_is_settler')
    can_settle = fields.Boolean(compute='_compute_can_settle')
    needs_reason = fields.Boolean(compute='_compute_can_settle', help="A reason is required to settle the order.")
    can_invoice = fields.Boolean(
        compute='_compute_can_invoice', help="The order has delivered items to invoice, and you are allowed to "
                                             "invoice them.")

    _order_unique = models.Constraint('UNIQUE (order_id)', "This order has a settlement already.")
    _open_index = models.Index("(company_id, deadline) WHERE state != 'settled'")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('order_id')
    def _compute_display_name(self):
        for settlement in self:
            settlement.display_name = settlement.order_id.sudo().display_name

    @api.depends(
        'settled_at', 'order_id.state', 'order_id.fulfilment_state', 'order_id.amount_total',
        'order_id.policy_id.settlement_tolerance', 'order_id.order_line.qty_delivered',
        'order_id.order_line.price_total', 'order_id.order_line.invoice_lines.price_total',
        'order_id.order_line.invoice_lines.move_id.state', 'order_id.order_line.invoice_lines.move_id.amount_total',
        'order_id.order_line.invoice_lines.move_id.amount_residual',
        'order_id.order_line.invoice_lines.move_id.invoice_date_due',
    )
    def _compute_amounts(self):
        """Follow the documents; what was settled keeps its amounts and tells whether they still hold."""
        now = fields.Datetime.now()
        amounts = self.order_id._get_settlement_amounts()
        for settlement in self:
            values = amounts[settlement.order_id.id]
            if settlement.settled_at:
                settlement.state = 'settled'
                if not settlement.corrected and settlement._is_corrected_by(values['documents']):
                    settlement.corrected = True
                    settlement.corrected_at = now
                continue
            settlement.corrected = settlement.corrected_at = False
            settlement.update(settlement._prepare_amount_vals(values))
            settlement.state = settlement._get_open_state(values)

    def _prepare_amount_vals(self, values):
        """:param values: value of ``sale.order._get_settlement_amounts`` for the order
        :return: dict of the amounts of this settlement
        """
        self.ensure_one()
        # What is so little that nobody waits for its invoice will not be invoiced.
        missing = values['to_invoice'] if self._is_beyond_tolerance(values['to_invoice']) else 0.0
        difference = self.order_id.currency_id.round(
            values['paid'] + values['granted'] + values['unpaid'] + missing - values['rounding'] - values['contract'])
        return {
            'contract_amount': values['contract'],
            'owed_amount': values['owed'],
            'invoiced_amount': values['invoiced'],
            'paid_amount': values['paid'],
            'discount_amount': values['granted'],
            'unpaid_amount': values['unpaid'],
            'to_invoice_amount': values['to_invoice'],
            'difference_amount': difference,
            'invoice_due_date': values['due_date'],
            'is_different': self._is_beyond_tolerance(difference)
                            or self._is_beyond_tolerance(values['invoiced'] + missing - values['owed']),
        }

    def _get_open_state(self, values):
        """The state of a settlement that nobody has settled yet.

        :param values: value of ``sale.order._get_settlement_amounts`` for the order
        """
        self.ensure_one()
        if self._is_still_open(values):
            return 'open'
        return 'difference' if self.is_different else 'to_check'

    def _is_still_open(self, values):
        """Whether something is still to be delivered, invoiced or paid."""
        self.ensure_one()
        return (
            self.order_id.fulfilment_state != 'done'
            or self._is_beyond_tolerance(values['unpaid'])
            or self._is_beyond_tolerance(values['to_invoice'])
        )

    def _is_beyond_tolerance(self, amount):
        """:return: whether an amount in the order's currency is larger than the policy tolerates"""
        self.ensure_one()
        order_sudo = self.order_id.sudo()
        tolerance = order_sudo.policy_id.settlement_tolerance * order_sudo._get_limit_rate()
        return order_sudo.currency_id.compare_amounts(abs(amount), tolerance) > 0

    def _is_corrected_by(self, documents):
        """Whether the documents of a settled order are no longer those that it was settled by.

        A rest that is paid later is no correction; a payment that is taken back is one.

        :param documents: ``documents`` of ``sale.order._get_settlement_amounts``
        """
        self.ensure_one()
        settled = self.settled_documents or {}
        return documents.keys() != settled.keys() or any(
            amount != settled[key][0] or abs(unpaid) > abs(settled[key][1])
            for key, (amount, unpaid) in documents.items())

    def _flush(self):
        # Told when it is written: nothing is created while a value is computed. The moment is computed once.
        ids = sorted(self.env._field_dirty.get(self._fields['corrected_at'], ()))
        result = super()._flush()
        if corrected := self.sudo().browse(ids).filtered('corrected_at'):
            corrected._on_corrected()
        return result

    @api.depends_context('uid')
    def _compute_is_settler(self):
        self.is_settler = self._get_settling_role()._includes(self.env.user)

    @api.model
    def _search_is_settler(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain.TRUE if self._get_settling_role()._includes(self.env.user) in value else Domain.FALSE

    @api.depends('state', 'difference_reason')
    @api.depends_context('uid')
    def _compute_can_settle(self):
        refusals = self._get_settlement_refusals(None)
        with_reason = self._get_settlement_refusals("-")
        for settlement in self:
            settlement.can_settle = settlement.id not in refusals
            settlement.needs_reason = settlement.id in refusals and settlement.id not in with_reason

    @api.depends('state', 'to_invoice_amount')
    @api.depends_context('uid')
    def _compute_can_invoice(self):
        is_accountant = self.env['account.move'].has_access('create')
        for settlement in self:
            settlement.can_invoice = is_accountant and settlement._is_to_be_invoiced()

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        own = {name for name, field in self._fields.items() if field._module == 'sale_order_lifecycle'}
        return super()._get_guarded_fields() | own - _NOTED_FIELDS

    def write(self, vals):
        # Rights first: who may not read a settlement is not told whose it is.
        self.check_access('read')
        if not self.env.su:
            self._check_noting()
        return super().write(vals)

    def _check_noting(self):
        """:raise AccessError, UserError: unless the person is of finance and the orders are not settled"""
        finance = self._get_settling_role()
        for settlement in self.sudo():
            if not finance._includes(self.env.user):
                raise AccessError(settlement._get_role_message(finance))
            if settlement.settled_at:
                raise UserError(settlement._get_settled_message())

    # -- deadline -------------------------------------------------------------------------------

    def _get_calendar_sources(self):
        return self.order_id._get_calendar_sources()

    @api.depends('state')
    def _compute_is_overdue(self):
        return super()._compute_is_overdue()

    def _is_deadline_running(self):
        return self.state != 'settled'

    @api.model
    def _get_deadline_running_domain(self):
        return Domain('state', '!=', 'settled')

    # -- opening --------------------------------------------------------------------------------

    @api.model
    def _follow_orders(self, orders):
        """Open the settlements of orders that are fulfilled, and let the clock follow their fulfilment.

        The time counts from the last delivery; while something is to be delivered again, it does not.

        :param orders: ``sale.order`` under policy, fulfilled or not
        """
        fulfilled = orders.filtered(lambda order: order.fulfilment_state == 'done')
        if missing := fulfilled.filtered(lambda order: not order.sudo().settlement_ids):
            # A computation may be left over for orders whose transaction was rolled back.
            opened = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True)._create_guarded(
                [{'order_id': order.id} for order in missing.exists()])
            opened and opened.order_id._lifecycle_event('fulfilled', settlements=opened)
        changed = orders.sudo().settlement_ids.filtered(
            lambda settlement: not settlement.settled_at and settlement.deadline_start != settlement._get_clock_start())
        changed and changed._restart_clock()

    def _get_clock_start(self):
        """:return: the moment from which on finance has its time, False while the order is not fulfilled"""
        self.ensure_one()
        return self.order_id.fulfilled_at

    def _restart_clock(self):
        mark = self.env['order.working.time']._get_mark()
        for settlement in self:
            settlement._write_guarded({
                'deadline_start': settlement._get_clock_start(),
                'deadline_hours': settlement._get_settlement_hours(),
                'deadline': False,
                'clock_mark': mark,
            })
        self._plan_deadline(starting=True)

    def _get_settlement_hours(self):
        """:return: the working hours that the policy gives for the settlement"""
        self.ensure_one()
        calendar = self._get_deadline_calendar()
        return self.order_id.policy_id.settlement_days * (calendar.hours_per_day or 24.0)

    # -- actions --------------------------------------------------------------------------------

    def action_settle(self, reason=None, fault_role_code=None):
        """Settle orders whose invoices are paid as agreed, or with a reason (articles S1, S3).

        :param reason: why the customer pays other than what was agreed, for those that differ
        :param fault_role_code: code of the ``order.role`` that answers for the difference
        :return: True
        :raise AccessError, UserError: with the first that cannot be settled; then none is
        """
        reason = read_text(reason)
        self._check_refusals(self._get_settlement_refusals(reason))
        self._action_settle(reason, self._get_fault_role(fault_role_code))
        return True

    def action_settle_possible(self):
        """Settle those that can be settled without another reason, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_settlement_refusals(None)
        possible = self._without(refusals)
        possible._action_settle(None, self.env['order.role'])
        return self._get_summary_notification(
            self.env._("%(count)s orders settled.", count=len(possible)), refusals)

    def action_open_reason(self):
        """:return: the action that asks for the reason of the difference"""
        return self._open_action('order_settlement_reason_action', context={
            'default_settlement_ids': self.ids,
            'default_reason': self.difference_reason if len(self) == 1 else False,
            'default_fault_role_id': self.fault_role_id.id if len(self) == 1 else False})

    def action_invoice(self):
        """Make the invoices of what is delivered and not invoiced, as the present person, for review and posting.

        Where drafts are there already, nothing is made.

        :return: the action that opens them
        :raise AccessError: for people who may not make invoices, or not read these orders
        :raise UserError: with the first order of which nothing is to be invoiced; then none is
        """
        self.check_access('read')
        self.env['account.move'].check_access('create')
        for settlement in self:
            if not settlement._is_to_be_invoiced():
                raise UserError(self.env._("There is nothing to invoice for %(order)s.", order=settlement.display_name))
        drafts = self._get_draft_invoices()
        orders = self.order_id - drafts.invoice_line_ids.sale_line_ids.order_id.with_env(self.env)
        created = orders._create_invoices(final=True) if orders else drafts.browse()
        return self.order_id.action_view_invoice(drafts.with_env(self.env) | created)

    def action_open_invoices(self):
        """:return: the action that opens the invoices of one settlement"""
        return self._check_one().order_id.action_view_invoice()

    # -- board ----------------------------------------------------------------------------------

    @api.model
    def _get_board_columns(self):
        return {**super()._get_board_columns(), 'state': {'settled'}}

    # -- who may settle -------------------------------------------------------------------------

    @api.model
    def _get_settling_role(self):
        """:return: the ``order.role`` that settles, as superuser"""
        return self.env['order.role'].sudo()._get_by_code('finance')

    @api.model
    def _get_fault_role(self, code):
        """:raise UserError: when no role has the code"""
        role = self.env['order.role'].sudo()
        if code and isinstance(code, str):
            role = role._get_by_code(read_text(code))
        if code and not role:
            raise UserError(self.env._("No role has the code “%(code)s”: enter the code of an order role.", code=code))
        return role

    def _get_settlement_refusals(self, reason):
        """Why the person cannot settle these; asked of ``env.user`` whatever ``env.su`` is.

        :param reason: the reason given now, if any; one that was noted before counts, too
        :return: dict settlement id → exception with one sentence; those that can be settled are missing
        """
        finance = self._get_settling_role()
        return self._collect_refusals(lambda settlement: settlement._get_settlement_refusal(finance, reason))

    def _get_settlement_refusal(self, finance, reason):
        """:return: exception why the person cannot settle this order, None where nothing is against it"""
        self.ensure_one()
        if not finance._includes(self.env.user):
            return AccessError(self._get_role_message(finance))
        if self.company_id not in self.env.user.company_ids:
            return AccessError(self.env._(
                "The settlement of %(order)s belongs to a company that you do not have access to.",
                order=self.display_name))
        message = self._get_obstacle(reason)
        return UserError(message) if message else None

    @api.model
    def _get_unreadable_error(self):
        return AccessError(self.env._(
            "You do not have access to the order of this settlement. Ask its salesperson or your manager."))

    def _get_obstacle(self, reason):
        """What the facts say against settling this order.

        :return: one translated sentence, or False
        """
        self.ensure_one()
        order = self.order_id
        if self.settled_at:
            return self._get_settled_message()
        if order.state != 'sale':
            return self.env._("%(order)s is cancelled, so there is nothing to settle.", order=order.name)
        if order.fulfilment_state != 'done':
            return self.env._(
                "%(order)s is not fulfilled: it can be settled once everything has been delivered.", order=order.name)
        if self._is_beyond_tolerance(self.unpaid_amount) and self.unpaid_amount < 0:
            return self.env._(
                "%(amount)s credited for %(order)s has not been refunded. Settle the order once it is refunded or "
                "offset.", amount=self._format(-self.unpaid_amount), order=order.name)
        if self._is_beyond_tolerance(self.unpaid_amount):
            return self.env._(
                "%(unpaid)s of the %(invoiced)s invoiced for %(order)s is unpaid. Settle the order once it is paid or "
                "credited.", unpaid=self._format(self.unpaid_amount), invoiced=self._format(self.invoiced_amount),
                order=order.name)
        if (reason or self.difference_reason or '').strip():
            return False
        if self.state == 'open':
            return self.env._(
                "%(owed)s was delivered for %(order)s, but %(invoiced)s was invoiced. Invoice the rest, or enter the "
                "reason for not invoicing it.",
                owed=self._format(self.owed_amount), invoiced=self._format(self.invoiced_amount),
                order=order.name)
        if self.is_different:
            return self.env._(
                "The contract amount of %(order)s is %(contract)s, %(owed)s was delivered and %(paid)s was paid. Enter "
                "the reason for the difference.", order=order.name, contract=self._format(self.contract_amount),
                owed=self._format(self.owed_amount), paid=self._format(self.paid_amount))
        return False

    def _get_summary(self):
        """:return: a few translated words on what is still open, False once it is settled"""
        self.ensure_one()
        if self.state == 'settled':
            return False
        if self.state == 'to_check':
            return self.env._("Paid as agreed")
        if self.state == 'difference':
            return self.env._("Difference of %(amount)s", amount=self._format(self.difference_amount))
        if self._is_beyond_tolerance(self.unpaid_amount):
            if self.unpaid_amount < 0:
                return self.env._("%(amount)s to refund", amount=self._format(-self.unpaid_amount))
            return self.env._("%(amount)s unpaid", amount=self._format(self.unpaid_amount))
        return self.env._("To invoice")

    def _get_role_message(self, role):
        self.ensure_one()
        return self.env._(
            "%(order)s is settled by %(role)s. Ask one of its members.", order=self.display_name,
            role=role.with_env(self.env).name)

    def _get_settled_message(self):
        self.ensure_one()
        return self.env._(
            "%(person)s has already settled %(order)s.", person=self.settled_by_id.name, order=self.display_name)

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _is_to_be_invoiced(self):
        """:return: bool, whether an invoice of what was delivered can be made, or is there as a draft"""
        self.ensure_one()
        order_sudo = self.order_id.sudo()
        return (
            self.state == 'open' and order_sudo.state == 'sale' and self._is_beyond_tolerance(self.to_invoice_amount)
            and (order_sudo.invoice_status == 'to invoice' or bool(self._get_draft_invoices())))

    def _get_draft_invoices(self):
        """:return: the invoices of these orders that are not posted yet, as superuser"""
        return self.order_id.sudo().invoice_ids.filtered(
            lambda move: move.state == 'draft' and move.move_type == 'out_invoice')

    # -- business -------------------------------------------------------------------------------

    def _action_settle(self, reason, fault_role):
        """Settle as the present person, with the amounts of now; rights and facts were asked before."""
        if not self:
            return
        self_sudo = self.sudo()
        documents = self_sudo.order_id._get_settlement_amounts()
        differences = {settlement.id: settlement._describe_difference() for settlement in self_sudo}
        for settlement in self_sudo:
            settlement._write_guarded({'settled_documents': documents[settlement.order_id.id]['documents']})
        # What is not invoiced by now will not be.
        for settlement in self_sudo.filtered(lambda settlement: settlement.state == 'open'):
            settlement._write_guarded({'is_different': True})
            settlement._write_guarded({'difference_amount': settlement._get_final_difference()})
        differing = self_sudo.filtered('is_different')
        if differing and (reason or '').strip():
            differing._write_guarded({'difference_reason': reason.strip()})
        if differing and fault_role:
            differing._write_guarded({'fault_role_id': fault_role.id})
        self_sudo._stop_clock()
        self_sudo._write_guarded({'settled_by_id': self.env.uid, 'settled_at': fields.Datetime.now()})
        self_sudo._log_settlement(differences)
        self_sudo.order_id._lifecycle_event('settled', settlements=self_sudo)

    def _get_final_difference(self):
        """:return: the difference that this order is settled with: what is not invoiced by then will not be"""
        self.ensure_one()
        awaited = self.to_invoice_amount if self._is_beyond_tolerance(self.to_invoice_amount) else 0.0
        return self.currency_id.round(self.difference_amount - awaited)

    def _describe_difference(self):
        """:return: translated text on what the customer pays other than agreed if this order is settled now, empty
            where nothing is to be explained"""
        self.ensure_one()
        sentences = []
        if self.state == 'open' and self._is_beyond_tolerance(self.to_invoice_amount):
            sentences.append(self.env._(
                "%(amount)s has been delivered but not invoiced.", amount=self._format(self.to_invoice_amount)))
        if self.is_different or sentences:
            sentences.append(self.env._(
                "Difference to the contract: %(amount)s.", amount=self._format(self._get_final_difference())))
        return " ".join(sentences)

    def _log_settlement(self, differences):
        """One note on each order, in one batch.

        :param differences: dict settlement id → text on its difference, empty where there is none
        """
        bodies = {}
        for settlement in self:
            text = self.env._(
                "Settled: %(invoiced)s invoiced, %(paid)s paid.",
                invoiced=settlement._format(settlement.invoiced_amount),
                paid=settlement._format(settlement.paid_amount))
            if not settlement.currency_id.is_zero(settlement.discount_amount):
                text += " " + self.env._(
                    "Cash discount: %(amount)s.", amount=settlement._format(settlement.discount_amount))
            text = "\n".join(filter(None, [text, differences[settlement.id], settlement.difference_reason]))
            bodies[settlement.order_id.id] = plaintext2html(text)
        self.order_id._message_log_batch(bodies=bodies, author_id=self.env.user.partner_id.id)

    def _on_corrected(self):
        """Hook: that something else was invoiced or paid for these settled orders has just been written."""
        self.sudo()._message_log_batch(bodies={
            settlement.id: self.env._("Invoices or payments have changed since the order was settled.")
            for settlement in self
        }, author_id=self.env.user.partner_id.id)

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'state', 'contract_amount', 'owed_amount', 'invoiced_amount', 'paid_amount', 'discount_amount',
            'unpaid_amount', 'to_invoice_amount', 'difference_amount', 'difference_reason', 'fault_role_id',
            'settled_by_id', 'settled_at', 'corrected',
        ]
