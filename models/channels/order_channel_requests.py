from odoo import api, models

from . import order_payload
from .order_payload import Problem


class OrderChannel(models.Model):
    """What a shop or platform asks about orders that it has submitted, and what it may still do with them.

    The methods take references, any number of them, and answer each. A machine sees the orders that it has
    registered itself, sales staff those that they may read; they cancel those that they may write.
    """
    _inherit = 'order.channel'

    # -- public methods -------------------------------------------------------------------------

    @api.model
    @api.readonly
    def order_status(self, channel_code, references):
        """Tell what became of orders.

        :param channel_code: code of a channel of the environment's company
        :param references: list of references as they were submitted
        :return: list of one result per reference, in their order: ``{"reference", "status": "found" | "unknown" |
            "rejected", "order_id", "order_name", "phase", "received_at", "confirmed_at", "promised_date",
            "delivered_at", "deliveries": [{"name", "delivered_at", "tracking"}], "tracking": [..],
            "cancellation_reason", "missing": [sentence], "errors": [{"code", "field", "message"}]}``; moments in
            ISO 8601 and UTC; what is not known is False, and what is not found has the first four and ``errors``
            only; the codes are ``unknown_channel``, ``unknown_reference``, ``invalid_value`` and ``too_large``
        :raise AccessError: for people who are neither sales staff nor in the intake API group
        """
        self._check_may_submit()
        results, orders = self._answer_references(channel_code, references, 'read')
        facts = orders._prepare_channel_status()
        for result in results:
            if result['order_id']:
                result.update(status='found', **facts[result['order_id']])
        return results

    @api.model
    def cancel_orders(self, channel_code, references, reason):
        """Cancel orders that are not confirmed yet. Called again, it changes nothing and says so.

        :param channel_code: code of a channel of the environment's company
        :param references: list of references as they were submitted
        :param reason: why, a text of at most 10000 characters; it is kept with the orders
        :return: list of one result per reference, in their order: ``{"reference", "status": "cancelled" |
            "already_cancelled" | "too_late" | "unknown" | "rejected", "order_id", "order_name",
            "errors": [{"code", "field", "message"}]}``; an order that is confirmed is ``too_late``, and those who
            work on it are told; the codes are those of :meth:`order_status`, ``missing_field`` and ``too_late``
        :raise AccessError: for people who are neither sales staff nor in the intake API group
        """
        self._check_may_submit()
        reason, problems = order_payload.read_text({'reason': reason}, 'reason')
        results, orders = self._answer_references(channel_code, references, 'write', problems)
        late = orders.filtered(lambda order: order.state == 'sale')
        cancelled = orders.filtered(lambda order: order.state == 'cancel')
        late._refuse_cancellation(reason)
        failures = self._cancel_orders(orders - late - cancelled, reason)
        answered = set()
        for index, result in enumerate(results):
            order = orders.browse(result['order_id'] or ())
            if not order:
                continue
            if order in late:
                result['status'] = 'too_late'
                result['errors'] = [self._prepare_error(Problem('too_late', f'references[{index}]', self.env._(
                    "%(order)s is confirmed and cannot be cancelled here anymore: call the sales department.",
                    order=order.name)))]
            elif order.id in failures:
                result['status'] = 'rejected'
                result['errors'] = [self._prepare_error(Problem(
                    'invalid_value', f'references[{index}]', failures[order.id]))]
            else:
                result['status'] = 'already_cancelled' if order in cancelled or order in answered else 'cancelled'
                answered.add(order)
        return results

    # -- business -------------------------------------------------------------------------------

    def _answer_references(self, channel_code, references, operation, problems=()):
        """Find the orders that references of a channel stand for.

        :param operation: ``read`` or ``write``, what sales staff have to be allowed
        :param problems: problems of the call that concern every reference
        :return: pair (list of one result per reference; the ``sale.order`` that were found, as superuser)
        """
        Submission = self.env['order.submission']._with_submission_env()
        channel = Submission._find_channel(channel_code)
        problems = [*filter(None, [
            not channel and Submission._get_channel_problem(channel, channel_code),
            self._get_references_problem(Submission, references)]), *problems]
        if not isinstance(references, (list, tuple)):
            references = [None]
        found = {} if problems else self._find_sent_orders(Submission, channel, references, operation)
        references = references[:Submission._get_answer_limit()]
        results = []
        for index, reference in enumerate(references):
            clean = order_payload.read_reference(reference)
            order = found.get(clean)
            own = problems or [] if order else problems or [Problem(
                'unknown_reference', f'references[{index}]', self.env._(
                    "None of your orders has the reference “%(reference)s”.",
                    reference=clean or Submission._to_text(reference)))]
            results.append({
                'reference': clean or False,
                'status': 'rejected' if problems else 'unknown',
                'order_id': order.id if order else False,
                'order_name': order.name if order else False,
                'errors': [self._prepare_error(problem) for problem in own],
            })
        return results, Submission.env['sale.order'].union(*found.values())

    def _get_references_problem(self, Submission, references):
        """:return: the problem of the list of references, None if there is none"""
        if not isinstance(references, (list, tuple)):
            return Problem('invalid_value', 'references', self.env._("“references” must be a list of texts."))
        if len(references) > (limit := Submission._get_limit('max_orders')):
            return Problem('too_large', 'references', self.env._(
                "A call can query at most %(limit)s orders: send several calls.", limit=limit))
        return None

    def _find_sent_orders(self, Submission, channel, references, operation):
        """:return: dict reference → ``sale.order`` as superuser, of those that the person has sent, or as sales staff
            may read or write
        """
        wanted = {order_payload.read_reference(reference) for reference in references} - {None}
        domain = [
            ('company_id', '=', Submission.env.company.id), ('channel_id', '=', channel.id),
            ('channel_reference', 'in', list(wanted)), ('received_at', '!=', False)]
        orders = Submission.env['sale.order'].search(domain)
        own = orders.filtered(lambda order: order.registered_by_id.id == self.env.uid)
        if self.env['sale.order']._is_lifecycle_sales():
            # A user who reads an order, for the review of a department for example, may still not cancel it.
            own |= orders.sudo(self.env.user._is_superuser())._filtered_access(operation).sudo()
        return {order.channel_reference: order for order in own}

    def _cancel_orders(self, orders, reason):
        """Cancel all of the orders together, or one by one where that fails.

        :param orders: ``sale.order`` as superuser
        :return: dict order id → why it could not be cancelled
        """
        if not orders:
            return {}
        Submission = self.env['order.submission']
        try:
            with self.env.cr.savepoint():
                orders._cancel_for_sender(reason)
        except Submission._get_concurrency_errors():
            raise
        except Exception as error:
            if len(orders) > 1:
                failures = {}
                for order in orders:
                    failures |= self._cancel_orders(order, reason)
                return failures
            return {orders.id: self.env._("%(order)s cannot be cancelled: %(reason)s", order=orders.name,
                                          reason=Submission._describe_reason(error))}
        return {}

    @api.model
    def _prepare_error(self, problem):
        """:return: dict of a problem, with its message in the language of the caller"""
        return {
            'code': problem.code,
            'field': problem.field,
            # Some messages were written without an environment and are translated now.
            'message': problem.message if isinstance(problem.message, str) else self.env._(problem.message),
        }
