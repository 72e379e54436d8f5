import logging

from markupsafe import Markup
from psycopg2 import Error as DatabaseError
from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Command
from odoo.tools import plaintext2html

from . import order_file, order_payload
from .order_payload import ADDRESS_KEYS, Problem

_logger = logging.getLogger(__name__)

# What makes Odoo run the whole call again; caught, it would be answered as the sender's mistake.
_CONCURRENCY_ERRORS = (OperationalError, ConcurrencyError)


class Submission:
    """One order of a call on its way: what was sent, what it means here, and what became of it."""

    def __init__(self, payload, now, max_lines=order_payload.MAX_LINES):
        self.payload = payload
        self.order, self.problems = order_payload.read_order(payload, now, max_lines)
        self.content = order_payload.to_canonical(self.order)
        self.status = 'rejected'
        self.record = None    # sale.order, the new one or the one received before
        self.is_foreign = False  # whether that is another sender's, of which this one is told nothing
        self.values = {}      # of the order to create: ids that the resolution found
        self.customer = None  # Contact
        self.delivery = None  # Contact

    @property
    def reference(self):
        """The sender's number as far as it can be read, else None."""
        return self.order and self.order['reference']


class OrderSubmission(models.AbstractModel):
    """How orders that a machine submits become registered orders (articles I1, I2).

    Everything that the orders of a call name is looked up with one search per model; then the valid
    ones are created together, or one by one where that fails. Called by ``order.channel.submit_orders``
    after its check of rights; everything here works as superuser in the environment's company.
    """
    _name = 'order.submission'
    _description = "Order Submission by a System"

    # -- the call -------------------------------------------------------------------------------

    @api.model
    def _submit(self, channel_code, payloads, repeated=None):
        """Take orders in.

        With ``refusals_are_kept`` in the context what was sent is kept anyway, as the rows of a file are: nobody has to
        be told that no more is.

        :param repeated: what the text says twice, as :func:`order_wire.find_repeated_names` gives it
        :return: the results that ``order.channel.submit_orders`` promises
        """
        is_kept = bool(self.env.context.get('refusals_are_kept'))
        self = self._with_submission_env()  # noqa: PLW0642 - rights were asked before
        channel = self._find_channel(channel_code)
        if problem := self._get_size_problem(payloads):
            return self._refuse_too_large(channel, channel_code, payloads, problem)
        submissions = self._judge(channel, channel_code, payloads, self._create_orders, repeated)
        self._keep_refusals(channel, channel_code, submissions, is_kept)
        return self._prepare_results(submissions)

    @api.model
    def _check(self, channel_code, payloads):
        """What :meth:`_submit` would answer, as far as that can be told without creating anything.

        :return: results as it gives them, with the status ``valid`` for an order that can be created
        """
        self = self._with_submission_env()  # noqa: PLW0642 - rights were asked before
        submissions = self._judge(self._find_channel(channel_code), channel_code, payloads, self._accept_orders)
        return self._prepare_results(submissions)

    def _judge(self, channel, channel_code, payloads, take, repeated=None):
        """Read and settle the orders of a call.

        :param take: method (channel, submissions) for the orders that are in order
        :param repeated: as for :meth:`_submit`
        :return: list of :class:`Submission`, one per order
        """
        submissions = self._read_payloads(payloads, fields.Datetime.now())
        for index, submission in enumerate(submissions if repeated else ()):
            submission.problems += [Problem('invalid_value', field, self.env._(
                "“%(field)s” occurs more than once: send it once.", field=field))
                for field in map(self._to_text, repeated.get(None, []) + repeated.get(index, []))]
        refusal = self._get_channel_problem(channel, channel_code)
        if refusal:
            for submission in submissions:
                submission.problems.insert(0, refusal)
        else:
            self._process(channel, [submission for submission in submissions if not submission.problems], take)
        return submissions

    def _with_submission_env(self):
        """The environment of the work: superuser with the caller's id, language and company, nothing else
        of the caller's context, and without making the machine a follower of each order."""
        context = {
            **{key: self.env.context[key] for key in ('lang', 'tz') if key in self.env.context},
            'active_test': True, 'allowed_company_ids': self.env.company.ids, 'mail_create_nosubscribe': True,
        }
        return self.sudo().with_context(context)  # pylint: disable=context-overridden

    def _find_channel(self, code):
        Channel = self.env['order.channel']
        if not isinstance(code, str) or len(code) > order_payload.MAX_TEXT:
            return Channel
        code = order_payload.clean_text(code)
        return Channel.search([('company_id', '=', self.env.company.id), ('code', '=', code)], limit=1)

    def _get_channel_problem(self, channel, code):
        """:return: the problem that concerns every order of the call, None if there is none"""
        if not channel:
            return Problem('unknown_channel', 'channel_code', self.env._(
                "%(company)s has no active order channel with the code “%(code)s”: create it, or correct the code.",
                company=self.env.company.name, code=self._to_text(code)))
        if not self.env.company.order_policy_id:
            return Problem('unknown_channel', 'channel_code', self.env._(
                "%(company)s has no order policy in force, so its channels are closed: adopt a policy first.",
                company=self.env.company.name))
        return None

    def _read_payloads(self, payloads, now):
        """:return: list of :class:`Submission`, one per order"""
        if isinstance(payloads, (list, tuple)):
            max_lines = self._get_limit('max_lines')
            return [Submission(payload, now, max_lines) for payload in payloads]
        submission = Submission({}, now)
        submission.payload = payloads
        submission.problems = [Problem('invalid_value', 'orders', self.env._(
            "“orders” must be a list of orders."))]
        return [submission]

    def _process(self, channel, submissions, take):
        """Settle submissions that can be read: find what was received before, create the others."""
        while submissions:
            known = self._find_known_orders(channel, submissions)
            first, later = {}, []
            for submission in submissions:
                if submission.reference in known:
                    self._compare_with_known(submission, known[submission.reference])
                elif submission.reference in first:
                    later.append(submission)
                else:
                    first[submission.reference] = submission
            self._resolve(channel, list(first.values()))
            take(channel, [submission for submission in first.values() if not submission.problems])
            # What a call repeats is answered as it would be in a call of its own.
            submissions = []
            for submission in later:
                model = first[submission.reference]
                if model.problems and model.content == submission.content:
                    submission.problems = list(model.problems)
                else:
                    submissions.append(submission)

    # -- how much -------------------------------------------------------------------------------

    @api.model
    def _get_limit(self, name, default=None):
        """How much a call may bring; the system parameter ``sale_order_lifecycle.<name>`` says otherwise.

        :param name: ``max_orders`` of a call, ``max_lines`` of an order or ``max_call_lines`` of all its orders
        :param default: of other limits, what holds without the parameter
        :return: int above 0
        """
        default = default or getattr(order_payload, name.upper())
        value = self.env['ir.config_parameter'].sudo().get_param(f'sale_order_lifecycle.{name}') or ''
        return int(value) if value[:9].isdecimal() and int(value[:9]) else default

    def _get_size_problem(self, payloads):
        """:return: the problem of a call that is too large to be looked at, None if it is not"""
        if not isinstance(payloads, (list, tuple)):
            return None
        if len(payloads) > (limit := self._get_limit('max_orders')):
            return Problem('too_large', 'orders', self.env._(
                "A call can submit at most %(limit)s orders: send several calls.", limit=limit))
        if sum(map(order_payload.count_lines, payloads)) > (limit := self._get_limit('max_call_lines')):
            # A single order of that size is refused for itself.
            return Problem('too_large', 'orders', self.env._(
                "The orders of a call can have at most %(limit)s lines in total: send several calls.",
                limit=limit)) if len(payloads) > 1 else None
        return None

    def _refuse_too_large(self, channel, channel_code, payloads, problem):
        """Refuse a whole call before any work; one row keeps that it came, and with what references.

        :return: results as :meth:`_submit` gives them, of the first ``_get_answer_limit`` orders
        """
        references = [
            order_payload.read_reference(payload.get('reference')) if isinstance(payload, dict) else None
            for payload in payloads[:self._get_answer_limit()]]
        problems = [problem]
        Refusal = self.env['order.channel.refusal']
        room, notice = Refusal._claim_room(channel, self.env.company, self.env.user)
        if not room:
            problems.append(notice)
        Refusal._create_guarded([{
            'company_id': self.env.company.id,
            'channel_id': channel.id,
            'channel_code': self._to_text(channel_code),
            'status': 'rejected',
            'received_at': fields.Datetime.now(),
            'user_id': self.env.uid,
            'payload': {
                'orders': len(payloads), 'lines': sum(map(order_payload.count_lines, payloads)),
                'references': references[:self._get_limit('max_orders')],
            },
            'errors': [problem._asdict()],
        }] if room else [])
        return [{
            'reference': reference or False, 'status': 'rejected', 'order_id': False, 'order_name': False,
            'missing': [], 'errors': [problem._asdict() for problem in problems],
        } for reference in references]

    @api.model
    def _get_answer_limit(self):
        """:return: how many orders or references of a call that is too large are answered"""
        return 10 * self._get_limit('max_orders')

    # -- received before ------------------------------------------------------------------------

    def _find_known_orders(self, channel, submissions):
        """:return: dict reference → ``sale.order`` that was received under it, cancelled ones included"""
        orders = self.env['sale.order'].search_fetch([
            ('company_id', '=', self.env.company.id), ('channel_id', '=', channel.id),
            ('channel_reference', 'in', list({submission.reference for submission in submissions})),
        ], ['name', 'channel_reference', 'received_payload', 'registered_by_id'])
        return {order.channel_reference: order for order in orders}

    def _compare_with_known(self, submission, order):
        """A repeated order is a duplicate; one that says something else is in conflict with the first."""
        submission.record = order
        is_own = order.registered_by_id.id == self.env.uid
        if not is_own and not self.env['sale.order']._is_lifecycle_sales():
            # References can be guessed: neither the order nor what it says is any business of this sender.
            submission.status, submission.is_foreign = 'conflict', True
            submission.problems = [Problem('different_content', 'reference', self.env._(
                "The reference “%(reference)s” is already used by an order of another sender. Use another reference.",
                reference=submission.reference))]
            return
        if not order.received_payload:
            submission.status = 'conflict'
            submission.problems = [Problem('different_content', 'reference', self.env._(
                "%(order)s with the reference “%(reference)s” was entered manually: use another reference.",
                order=order.name, reference=submission.reference))]
            return
        differences = order_payload.list_differences(order.received_payload, submission.content)
        submission.status = 'conflict' if differences else 'duplicate'
        # What another sender has said is for those who read all orders.
        is_own |= self.env.user.has_group('sales_team.group_sale_salesman_all_leads')
        submission.problems = [
            Problem('different_content', field, self.env._(
                "“%(field)s” is “%(now)s”, but was “%(before)s” when %(order)s was first received: change that order "
                "manually, or send a new reference.", field=field, order=order.name, now=self._to_value(now),
                before=self._to_value(before),
            ) if is_own else self.env._(
                "“%(field)s” differs from the content first received as %(order)s: change that order manually, or send "
                "a new reference.", field=field, order=order.name))
            for field, before, now in differences
        ]

    @api.model
    def _to_value(self, value):
        """:return: one side of a difference as a short text"""
        if isinstance(value, list):
            # As many lines; each would say too much.
            value = len(value)
        elif isinstance(value, dict):
            value = ", ".join(value.values())
        text = order_file.to_text(value) or "-"
        return text if len(text) <= 64 else f"{text[:63]}…"

    # -- creation -------------------------------------------------------------------------------

    def _accept_orders(self, channel, submissions):
        """Say of orders that they can be created, and leave it at that."""
        for submission in submissions:
            submission.status = 'valid'

    def _create_orders(self, channel, submissions):
        """Create and register all orders together, or one by one where that fails.

        :raise ConcurrencyError: when another transaction has just received the same reference: its
            order is invisible to this one, so the call has to be run again, which Odoo does by itself
        """
        if not submissions:
            return
        try:
            self._create_together(channel, submissions)
        except _CONCURRENCY_ERRORS:
            raise
        except Exception as error:
            if len(submissions) > 1:
                for submission in submissions:
                    # New customers are gone with the failure, or were created by the one before.
                    self._resolve_customers([submission])
                    self._create_orders(channel, [submission])
                return
            submissions[0].problems.append(Problem('invalid_value', '', self._describe_failure(error)))
            return
        if channel.auto_submit:
            self._submit_for_review(submissions)

    def _create_together(self, channel, submissions):
        try:
            with self.env.cr.savepoint():
                self._create_contacts([submission.customer for submission in submissions])
                self._create_contacts([submission.delivery for submission in submissions if submission.delivery])
                orders = self.env['sale.order']._create_guarded([
                    self._prepare_order_vals(channel, submission) for submission in submissions])
                self._add_notes(orders, submissions)
                orders._action_register(channel=channel, received_at={
                    order.id: submission.order['received_at'] for order, submission in zip(orders, submissions)})
        except UniqueViolation as error:
            if error.diag.constraint_name == 'sale_order_channel_reference_unique':
                raise ConcurrencyError("another call has received the same reference") from error
            raise
        for order, submission in zip(orders, submissions):
            submission.record, submission.status = order, 'created'

    def _create_contacts(self, contacts):
        """Create the partners that do not exist yet, each once."""
        missing = [contact for contact in dict.fromkeys(contacts) if not contact.partner]
        partners = self.env['res.partner'].create([self._prepare_contact_vals(contact) for contact in missing])
        for contact, partner in zip(missing, partners):
            contact.partner = partner

    def _prepare_contact_vals(self, contact):
        """Values of a new customer or delivery address; override to add to them.

        :param contact: :class:`Contact` with a read address; its parent, if it has one, exists
        """
        vals = {
            name: contact.address[name] for name in ADDRESS_KEYS if name != 'country' and contact.address[name]}
        vals.update(
            country_id=contact.address.get('country_id') or False, company_id=self.env.company.id,
            active=contact.is_certain)
        if contact.parent:
            vals.pop('vat', None)
            vals.update(parent_id=contact.parent.partner.id, type='delivery')
        return vals

    def _prepare_order_vals(self, channel, submission):
        """Values of a new order; override to add to them.

        :param submission: :class:`Submission` whose records are found and whose contacts exist
        """
        order = submission.order
        vals = {
            'company_id': self.env.company.id,
            'partner_id': submission.customer.partner.id,
            'channel_id': channel.id,
            'channel_reference': order['reference'],
            'received_payload': submission.content,
            **submission.values,
        }
        if submission.customer.candidates:
            vals.update(customer_to_check=True, customer_candidate_ids=[
                Command.set(submission.customer.candidates.ids)])
        if submission.delivery:
            vals['partner_shipping_id'] = submission.delivery.partner.id
        if order['received_at']:
            vals['date_order'] = order['received_at']
        if order['promised_date']:
            vals['commitment_date'] = self.env.company._get_promised_datetime(order['promised_date'])
        if channel.user_id and 'user_id' not in vals:
            vals['user_id'] = channel.user_id.id
        if channel.team_id:
            vals['team_id'] = channel.team_id.id
        return vals

    def _add_notes(self, orders, submissions):
        # Below the terms and conditions that the order has got from the company.
        for order, submission in zip(orders, submissions):
            if note := submission.order['note']:
                order.note = (order.note or Markup()) + plaintext2html(note)

    def _submit_for_review(self, submissions):
        """Pass new orders on; that they are received does not depend on it."""
        orders = self.env['sale.order'].union(*(submission.record for submission in submissions))
        try:
            with self.env.cr.savepoint():
                orders._submit_registered()
        except _CONCURRENCY_ERRORS:
            raise
        except Exception:
            _logger.warning("Orders %s are registered but could not be submitted for review", orders.ids, exc_info=True)

    @api.model
    def _get_concurrency_errors(self):
        """:return: tuple of the exceptions after which Odoo runs the whole call again"""
        return _CONCURRENCY_ERRORS

    def _describe_failure(self, error):
        """:return: why an order could not be created, as a sentence for the sender"""
        return self.env._("The order cannot be created: %(reason)s", reason=self._describe_reason(error))

    def _describe_reason(self, error):
        """:return: what an exception says, as a sentence for the sender"""
        if isinstance(error, DatabaseError):
            return self.env['sale.order']._sql_error_to_message(error)
        if isinstance(error, UserError):
            return str(error)
        _logger.error("What a machine has asked for could not be done", exc_info=error)
        return self.env._("an unexpected error occurred. The administrator can find the details in the log.")

    # -- answer ---------------------------------------------------------------------------------

    def _keep_refusals(self, channel, channel_code, submissions, is_kept=False):
        """Keep every order that was not taken in, with the reason, as long as the channel has room for it.

        Who goes on after that is told that nothing more is kept.

        :param is_kept: whether what was sent is kept anyway
        """
        refused = [submission for submission in submissions if submission.status in ('rejected', 'conflict')]
        if not refused:
            return
        Refusal = self.env['order.channel.refusal']
        room, notice = Refusal._claim_room(channel, self.env.company, self.env.user, len(refused))
        refused, left = refused[:room], refused[room:]
        Refusal._create_guarded([{
            'company_id': self.env.company.id,
            'channel_id': channel.id,
            'channel_code': self._to_text(channel_code),
            'reference': submission.reference,
            'status': submission.status,
            'received_at': fields.Datetime.now(),
            'user_id': self.env.uid,
            'order_id': submission.record and submission.record.id,
            'payload': order_payload.to_json(submission.payload),
            'errors': self._prepare_errors(submission),
        } for submission in refused])
        for submission in left if not is_kept else ():
            submission.problems.append(notice)

    @api.model
    def _keep_unread(self, channel, orders):
        """Keep orders that a reader before this one has found to be none; for the orders of files.

        :param channel: ``order.channel``
        :param orders: list of triples (reference or None, payload, list of :class:`Problem`)
        """
        self = self._with_submission_env()  # noqa: PLW0642 - rights were asked before
        now, submissions = fields.Datetime.now(), []
        for reference, payload, problems in orders:
            submission = Submission({'reference': reference}, now)
            submission.payload, submission.problems = payload, problems
            submissions.append(submission)
        self._keep_refusals(channel, channel.code, submissions, is_kept=True)

    def _prepare_results(self, submissions):
        reported = [submission.record if not submission.is_foreign else None for submission in submissions]
        missing = self.env['sale.order'].union(*filter(None, reported))._get_missing_information()
        return [{
            'reference': submission.reference or False,
            'status': submission.status,
            'order_id': order.id if order else False,
            'order_name': order.name if order else False,
            'missing': missing[order.id] if order else [],
            'errors': self._prepare_errors(submission),
        } for submission, order in zip(submissions, reported)]

    def _prepare_errors(self, submission):
        return [self.env['order.channel']._prepare_error(problem) for problem in submission.problems]

    @api.model
    def _to_text(self, value):
        """What was sent instead of a text, as a short text."""
        text = value if isinstance(value, str) else repr(order_payload.to_json(value))
        return order_payload.clean_text(text[:64])

