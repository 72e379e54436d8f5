from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date, plaintext2html

from ..mixins.arguments import read_moment, read_text


class OrderProgress(models.Model):
    """Who reports the progress of an order, and what becomes of it."""
    _inherit = 'order.progress'

    # -- actions --------------------------------------------------------------------------------

    def action_report(self, percent, forecast_date, note=None):
        """Report the progress of orders as a member of the departments that are asked (articles F3, K1).

        What else waits for a report of the same department on the same order is answered by it, too.

        :param percent: from 0 to 100
        :param forecast_date: the day on which the department will be done, as date or as text in ISO 8601; what is
            done, at 100 percent, needs none
        :param note: text, what sales should know
        :return: True
        :raise AccessError, UserError: with the first that the person cannot report; then none is reported
        """
        self._check_refusals(self._get_report_refusals())
        percent = self._read_percent(percent)
        forecast_date = self._read_forecast(forecast_date)
        values = {}
        for request in self.sudo():
            today = request.order_id._get_lifecycle_today()
            if percent < 100:
                self._check_forecast(request, forecast_date, today)
            values[request.id] = percent, forecast_date or today
        self._action_report(values, read_text(note))
        return True

    def action_accept(self):
        """Report what the records tell as the progress of orders.

        :return: True
        :raise AccessError, UserError: with the first that the person cannot report, or of which the records tell too
            little; then none is reported
        """
        self._check_refusals(self._get_acceptance_refusals())
        self._action_report(self._get_proposals())
        return True

    def action_accept_possible(self):
        """Report what the records tell of those of which they tell enough, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_acceptance_refusals()
        possible = self._without(refusals)
        possible._action_report(possible._get_proposals())
        return self._get_summary_notification(
            self.env._("%(count)s progress requests answered.", count=len(possible)), refusals)

    def action_open_report(self):
        """:return: the action that asks for the progress of these orders"""
        self._check_refusals(self._get_report_refusals())
        return self._open_action('order_progress_report_action', context={'default_progress_ids': self.ids})

    # -- what was sent --------------------------------------------------------------------------

    @api.model
    def _read_percent(self, value):
        """:return: whole percent, rounded down so that 100 is reached with the last piece
        :raise UserError: unless it is a percentage
        """
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 100:
            return int(value)
        raise UserError(self.env._("Enter the progress as a percentage from 0 to 100."))

    @api.model
    def _read_forecast(self, value):
        """:return: date, False without one
        :raise UserError: unless it is a date
        """
        if not value:
            return False
        try:
            return read_moment(value).date()
        except ValueError as error:
            raise UserError(self.env._("Enter the forecast as a date.")) from error

    @api.model
    def _check_forecast(self, request, day, today):
        """:raise UserError: unless it is said when what is not done will be"""
        if not day:
            raise UserError(self.env._(
                "Enter the forecast for “%(request)s”: the date on which your department will be done.",
                request=request.display_name))
        if day < today:
            raise UserError(self.env._(
                "The forecast for “%(request)s” is in the past: enter the date on which your department will be done.",
                request=request.display_name))

    # -- who may report -------------------------------------------------------------------------

    @api.model
    def _get_own_domain(self):
        """:return: Domain of the requests to roles that the present person acts for, as a member or as a delegate"""
        user = self.env.user
        return (
            Domain('role_id', 'in', self.env['order.role']._get_role_ids_of(user))
            & Domain('company_id', 'in', user.company_ids.ids) | self._get_covered_domain())

    @api.model
    def _get_covered_domain(self):
        """:return: Domain of the requests that the present person may answer now for somebody who is absent"""
        return Domain.OR(
            delegation._get_covered_progress_domain()
            for delegation in self.env['order.review']._get_running_delegations(self.env.user))

    @api.model
    def _get_delegated_domain(self):
        """What a delegate sees, and only while the delegation runs: what is to be answered, and the own answers.

        :return: Domain
        """
        return self._get_covered_domain() & (
            Domain('state', '=', 'requested') | Domain('reported_by_id', '=', self.env.uid))

    def _get_report_refusals(self):
        """Why the person cannot report; asked of ``env.user`` whatever ``env.su`` is.

        :return: dict request id → exception with one sentence; those that can be reported are missing
        """
        covered = set(self.sudo().filtered_domain(self._get_covered_domain())._ids)
        return self._collect_refusals(lambda request: request._get_report_refusal(request.id in covered))

    def _get_report_refusal(self, is_covered):
        """
        :param is_covered: whether the person may answer it as a delegate
        :return: exception why the person cannot report, None where nothing is against it
        """
        self.ensure_one()
        user = self.env.user
        if not self.role_id._includes(user) and not is_covered:
            return AccessError(self.env._(
                "“%(request)s” is reported by %(role)s. Ask one of its members.",
                request=self.display_name, role=self.role_id.with_env(self.env).sudo().name))
        if self.company_id not in user.company_ids:
            return AccessError(self.env._(
                "“%(request)s” belongs to a company that you do not have access to.", request=self.display_name))
        if self.state == 'reported':
            return UserError(self.env._(
                "%(person)s has already reported “%(request)s”.",
                person=self.reported_by_id.name or self.env._("Odoo"), request=self.display_name))
        if self.state != 'requested':
            return UserError(self.env._(
                "“%(request)s” is not needed anymore.", request=self.display_name))
        return None

    def _get_acceptance_refusals(self):
        """Why the person cannot report what the records tell, as :meth:`_get_report_refusals`."""
        refusals = self._get_report_refusals()
        proposals = self._without(refusals)._get_proposals()
        return refusals | {
            request.id: UserError(self.env._(
                "The records contain no date for “%(request)s” that can still be met: enter the forecast.",
                request=request.display_name))
            for request in self.sudo() if request.id not in refusals and not proposals.get(request.id, (0, False))[1]}

    def _get_principals(self):
        """On whose behalf the present person reports these requests; to be asked as superuser.

        :return: dict ``res.users`` → the requests; those of own roles are missing
        """
        user, principals = self.env.user, {}
        others = self.filtered(lambda request: not request.role_id._includes(user))
        for delegation in self.env['order.review']._get_running_delegations(user) if others else ():
            covered = others.filtered_domain(delegation._get_covered_progress_domain())
            principals[delegation.user_id] = principals.get(delegation.user_id, self.browse()) | covered
            others -= covered
        return principals

    # -- what the records tell ------------------------------------------------------------------

    def _get_proposals(self):
        """What can be reported from the records, in batch and as superuser.

        :return: dict request id → pair of percent and date, False where the records have none that can still be met
        """
        waiting = self.sudo().filtered(lambda request: request.state == 'requested')
        facts = waiting.order_id._get_progress_facts()
        proposals = {}
        for request in waiting:
            if own := facts[request.order_id.id].get(request.role_id.code):
                proposals[request.id] = own.percent, not own.is_overdue and own.date
        return proposals

    # -- business -------------------------------------------------------------------------------

    def _action_report(self, values, note=''):
        """Report as the present person; rights and values were asked before.

        :param values: dict request id → pair of percent and date
        """
        if not self:
            return
        requests = self.sudo()
        by_pair = {(request.order_id, request.role_id): values[request.id] for request in requests}
        requests |= self.sudo().search(
            Domain('state', '=', 'requested') & Domain('order_id', 'in', requests.order_id.ids)
            & Domain('role_id', 'in', requests.role_id.ids)
        ).filtered(lambda request: (request.order_id, request.role_id) in by_pair)
        for principal, own in requests._get_principals().items():
            own._write_guarded({'delegated_for_id': principal.id})
        for value, own in requests.grouped(lambda request: by_pair[request.order_id, request.role_id]).items():
            own._write_guarded({
                'state': 'reported', 'percent': value[0], 'forecast_date': value[1], 'note': note or False,
                'reported_by_id': self.env.uid, 'reported_at': fields.Datetime.now(),
            })
        requests._stop_clock()
        requests._log_reports()
        requests._notify_of_reports()
        requests.order_id._lifecycle_event('progress_reported', requests=requests)

    def _log_reports(self):
        """One note on each order, in one batch."""
        orders = self.order_id
        lines = {}
        for request in self:
            # One report may answer an urge and a regular request.
            lines.setdefault(request.order_id.id, {})[request.role_id] = request._describe_report()
        orders._message_log_batch(
            bodies={order_id: plaintext2html("\n".join(texts.values())) for order_id, texts in lines.items()},
            author_id=self.env.user.partner_id.id)

    def _describe_report(self):
        """:return: translated text on what was reported"""
        self.ensure_one()
        text = self.env._(
            "%(role)s reports: %(percent)s %% done, forecast %(date)s.", role=self.role_id.name, percent=self.percent,
            date=format_date(self.env, self.forecast_date))
        return f"{text} {self.note}" if self.note else text

    def _notify_of_reports(self):
        """Notify those who have urged of the answers, and sales of what will be later than promised."""
        told = {}
        for request in self:
            people = request.requested_by_id
            if request.is_forecast_late:
                people |= request.order_id._get_sales_contact()
            for user in people:
                own = told.setdefault(user, {})
                own[request.order_id, request.role_id] = request
        orders = {
            user: self.order_id.union(*(order for order, _role in own)) for user, own in told.items()}
        for user, own_orders in orders.items():
            own = told[user]
            self.order_id._notify_people({user: own_orders}, lambda translated, own=own: (
                translated.env._("Progress was reported"),
                [
                    Markup("%s: %s") % (
                        translated.browse(order.id)._get_html_link(),
                        request.with_env(translated.env)._describe_report())
                    for (order, _role), request in own.items()]))

    def _cancel(self):
        """Nobody needs these reports any more; as superuser."""
        waiting = self.filtered(lambda request: request.state == 'requested')
        if waiting:
            waiting._write_guarded({'state': 'cancelled', 'cancelled_at': fields.Datetime.now()})
            waiting._stop_clock()
