from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

_BATCH = 500


class OrderProgress(models.Model):
    """Who is told that a report is due, is due soon, or is missing: gathered, one message a person."""
    _inherit = 'order.progress'

    # -- who ------------------------------------------------------------------------------------

    def _get_people_to_ask(self):
        """Who answers these requests: the members of the role who see the order; for those who are away, their
        delegates.

        :return: dict request id → ``res.users`` as superuser
        """
        requests = self.sudo()
        people = requests._get_members()
        covered = self._get_covered_by(self.env['res.users'].sudo().union(*people.values()))
        for request in requests:
            acting = [row for row, own in covered if request in own and row.user_id in people[request.id]]
            away = self.env['res.users'].sudo().union(*(row.user_id for row in acting))
            people[request.id] = (people[request.id] - away).union(*(row.delegate_id for row in acting))
        return people

    def _get_members(self):
        """:return: dict request id → ``res.users`` as superuser: the members of the role who see the order"""
        members, see_all = {}, self.env['order.review']._get_readers_of_all()
        for request in self.sudo():
            seller = request.order_id.user_id
            members[request.id] = request.role_id._get_members(request.company_id).filtered(
                lambda user, seller=seller: not seller or user == seller or user in see_all)
        return members

    def _get_covered_by(self, people):
        """Who acts for those of these people who are away; one query.

        :param people: ``res.users``
        :return: list of pairs of an ``order.review.delegation`` and those of these requests that it covers
        """
        running = self.env['order.review.delegation']._get_running(Domain('user_id', 'in', people.ids))
        requests = self.sudo()
        return [(row, requests.filtered_domain(row._get_covered_progress_domain())) for row in running]

    def _get_escalation_people(self):
        # Those who owe the report first, then the person in charge of them.
        in_charge = self.order_id.policy_id.responsibility_ids.filtered(
            lambda row: row.role_id == self.role_id).user_id.filtered('active')
        members = self.role_id._get_members(self.company_id)
        return [members, in_charge - members]

    # -- telling --------------------------------------------------------------------------------

    def _send_notices(self, kind, at_once=False):
        """Tell those who answer these requests of them, each in one message.

        :param kind: what is told, see :meth:`_get_notice_title`
        :param at_once: whether those who want a daily summary are told now, too
        """
        notices = defaultdict(lambda: defaultdict(list))
        for request_id, users in self._get_people_to_ask().items():
            for user in users:
                if at_once or user._is_notified_of_orders_at_once():
                    notices[user][f'{self._name}:{kind}'].append(request_id)
        self.env['order.notice']._send(notices)

    @api.model
    def _cron_notify(self):
        """Notify people of the reports that they are asked for, one message each."""
        self.env['ir.cron']._work_off(
            'order.progress._cron_notify', self.search(self._get_to_notify_domain(), order='id'),
            # Who has answered meanwhile hears nothing.
            lambda requests: requests.filtered_domain(self._get_to_notify_domain())._notify_requested(),
            size=_BATCH, allow_referencing=True)

    @api.model
    def _get_to_notify_domain(self):
        """:return: Domain of the requests that nobody has been notified of"""
        return Domain('state', '=', 'requested') & Domain('notified_at', '=', False)

    def _notify_requested(self, kind='requested', at_once=False):
        """Notify people of these requests, and keep that they were."""
        if self:
            self._send_notices(kind, at_once)
            self._write_guarded({'notified_at': fields.Datetime.now()})

    def _notify_reminder(self):
        self._send_notices('reminder')

    def _notify_escalation(self, people):
        see_all = self.env['order.review']._get_readers_of_all()
        people = {
            user: requests if user in see_all else requests.filtered(
                lambda request, user=user: request.order_id.user_id in (user, user.browse()))
            for user, requests in people.items()}
        for delegation, covered in self._get_covered_by(self.env['res.users'].union(*people)):
            # Whoever is away is told all the same: what is overdue is known to both.
            own = people[delegation.user_id] & covered
            people[delegation.delegate_id] = people.get(delegation.delegate_id, self.browse()) | own
        self.env['order.notice']._send({
            user: {f'{self._name}:escalation': requests.ids} for user, requests in people.items() if requests})

    # -- what is told ---------------------------------------------------------------------------

    def _get_notice_section(self, kind):
        requests = self.sorted(lambda row: (not row.deadline, row.deadline, row.id))
        return {
            'title': requests._get_notice_title(kind), 'rows': [request._get_notice_row() for request in requests]}

    def _get_notice_title(self, kind):
        """:return: translated title of a part of a message, for one request by its name"""
        words = {'count': len(self), 'name': self[:1].display_name}
        if len(self) == 1:
            return {
                'escalation': self.env._("Progress report overdue: %(name)s", **words),
                'reminder': self.env._("Progress report due soon: %(name)s", **words),
                'requested': self.env._("Progress to report: %(name)s", **words),
                'urge': self.env._("Sales urges: %(name)s", **words),
            }[kind]
        return {
            'escalation': self.env._("%(count)s progress reports are overdue", **words),
            'reminder': self.env._("%(count)s progress reports are due soon", **words),
            'requested': self.env._("%(count)s progress reports are waiting for you", **words),
            'urge': self.env._("Sales urges %(count)s progress reports", **words),
        }[kind]

    def _get_notice_row(self):
        self.ensure_one()
        return {
            **self.env['order.notice']._get_order_row(self.order_id),
            'name': self.display_name,
            'url': f'/odoo/progress-requests/{self.id}',
            'deadline': self.deadline and format_datetime(self.env, self.deadline, dt_format='short'),
            'overdue': self.is_overdue,
            'note': self.reason,
        }

    # -- activity menu --------------------------------------------------------------------------

    @api.model
    def _get_worklist_domain(self):
        return Domain('state', '=', 'requested') & Domain('is_my_role', '=', True)

    @api.model
    def _get_worklist_title(self):
        return self.env._("Progress Requests")
