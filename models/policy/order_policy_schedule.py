from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    def _check_schedule_free(self):
        """:raise UserError: if another policy of a company waits for its day already"""
        if other := self.sudo().search(
                [('company_id', 'in', self.company_id.ids), ('scheduled_at', '!=', False)], limit=1):
            raise UserError(self.env._(
                "%(company)s has already scheduled “%(policy)s” for %(date)s: cancel that schedule first.",
                company=other.company_id.name, policy=other.name, date=format_date(self.env, other.effective_date)))

    def _action_schedule(self, include_open_quotations):
        """Let the policies take force on their day, as superuser and after all checks.

        :param include_open_quotations: what the adoption on that day does with quotations
        """
        if not self:
            return
        self._write_guarded({
            'scheduled_at': fields.Datetime.now(),
            'scheduled_by_id': self.env.uid,
            'include_open_quotations': include_open_quotations,
        })
        self._message_log_batch(bodies={
            policy.id: self.env._("Scheduled for %(date)s.", date=format_date(self.env, policy.effective_date))
            for policy in self
        })
        self.env.ref('sale_order_lifecycle.ir_cron_adopt_scheduled')._trigger(
            at={policy._get_local_midnight() for policy in self})

    def action_cancel_schedule(self):
        """Make drafts of scheduled policies again; their dates stay.

        :return: True
        :raise AccessError: for people who are no managers of the order lifecycle
        :raise UserError: if a policy is not scheduled
        """
        self._check_manager()
        for policy in self:
            if not policy.scheduled_at:
                raise UserError(self.env._(
                    "“%(policy)s” is not scheduled, so there is nothing to cancel.", policy=policy.name))
        self.sudo()._action_cancel_schedule()
        return True

    def _action_cancel_schedule(self):
        """Make drafts of the scheduled policies again, as superuser and after all checks."""
        self._write_guarded({'scheduled_at': False, 'scheduled_by_id': False, 'include_open_quotations': False})
        self._message_log_batch(bodies=dict.fromkeys(self.ids, self.env._("The schedule was cancelled.")))

    def _get_local_midnight(self):
        """:return: when the effective date begins where the company works, as naive UTC datetime"""
        self.ensure_one()
        return self.company_id._to_moment(self.effective_date)

    def _is_for_later(self):
        """:return: whether the effective date of this policy has not come yet"""
        self.ensure_one()
        return bool(self.company_id and self.effective_date) and (
            self.effective_date > self.company_id.sudo()._get_local_date())

    # -- cron -----------------------------------------------------------------------------------

    @api.model
    def _cron_adopt_scheduled(self):
        """Put in force what is due, each policy in the right of the person who has scheduled it."""
        tomorrow = fields.Date.add(fields.Date.today(), days=1)  # the day may have begun further east
        due = self.search([('scheduled_at', '!=', False), ('effective_date', '<=', tomorrow)]).filtered(
            lambda policy: not policy._is_for_later())
        self.env['ir.cron']._work_off(
            'order.policy._cron_adopt_scheduled', due, lambda policies: policies._adopt_scheduled(), size=1)

    def _adopt_scheduled(self):
        """Adopt these policies, or cancel the schedule of those that cannot be adopted."""
        for policy in self.filtered('scheduled_at'):
            try:
                with self.env.cr.savepoint():
                    policy._adopt_as_scheduled()
            except UserError as error:
                policy._cancel_failed_schedule(error)

    def _adopt_as_scheduled(self):
        """Adopt a policy whose day has come.

        :raise UserError: if the person who has scheduled it may not adopt it any more
        """
        self.ensure_one()
        person = self.scheduled_by_id
        if (
            not person.active or not person.has_group('sale_order_lifecycle.group_manager')
            or self.company_id not in person.company_ids
        ):
            raise AccessError(self.env._(
                "%(person)s is no longer a manager of the order lifecycle in %(company)s.",
                person=person.name, company=self.company_id.name))
        if not self.active:
            raise UserError(self.env._(
                "“%(policy)s” is archived: unarchive it before you adopt it.", policy=self.name))
        policy = self.with_user(person).with_company(self.company_id).with_context(lang=person.lang)
        policy._check_manager()
        policy.sudo()._action_put_in_force(self.include_open_quotations)
        policy.sudo()._message_log(body=policy.env._("In force, as scheduled by %(person)s.", person=person.name))

    def _cancel_failed_schedule(self, error):
        """Notify the managers of the company that a scheduled policy could not take effect, and why.

        :param error: the exception
        """
        self.ensure_one()
        person = self.scheduled_by_id
        self._action_cancel_schedule()
        for manager in self._get_managers():
            policy = self.with_context(lang=manager.lang)
            policy.activity_schedule(
                'mail.mail_activity_data_todo', user_id=manager.id,
                summary=policy.env._("Adopt the policy, or set another date"),
                note=policy.env._(
                    "%(person)s scheduled this policy for %(date)s, but it could not take effect: %(reason)s",
                    person=person.name, date=format_date(policy.env, self.effective_date), reason=str(error)))
