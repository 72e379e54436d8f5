from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list, plaintext2html

from ..mixins.arguments import read_text


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # emergency release
    released_at = fields.Datetime("Released in an Emergency On", readonly=True, copy=False)
    released_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    release_reason = fields.Text(readonly=True, copy=False)
    release_outcome = fields.Selection(
        [('pending', "Review in Progress"), ('approved', "Approved Afterwards"), ('refused', "Refused Afterwards"),
         ('void', "Cancelled Before Outcome")],
        readonly=True, copy=False, help="The results of the reviews after the emergency release.")
    release_ended_at = fields.Datetime(
        readonly=True, copy=False,
        help="When the released order was cancelled, so that its release is no longer valid.")
    release_values = fields.Json(
        "Released Values", readonly=True, copy=False, groups='sale_order_lifecycle.group_manager',
        help="The values with which the order was released.")
    release_note = fields.Text(compute='_compute_release_note',
        help="The user who released the order, and the outcome.")
    can_release = fields.Boolean(compute='_compute_can_release')

    # -- compute --------------------------------------------------------------------------------

    @api.depends('released_at', 'release_outcome', 'review_ids.state')
    @api.depends_context('lang')
    def _compute_release_note(self):
        for order in self:
            order.release_note = order.released_at and order.sudo()._describe_release() or False

    @api.depends('review_state', 'state')
    @api.depends_context('uid')
    def _compute_can_release(self):
        # Most people release nothing, and then nothing is asked of the order.
        allowed = self._origin if self._is_releaser() else self.browse()
        allowed = allowed.filtered(lambda order: order.review_state == 'in_review')
        refusals = allowed._get_release_refusals()
        for order in self:
            order.can_release = order._origin in allowed and order._origin.id not in refusals

    def _describe_release(self):
        """:return: translated text on the release of this order and its outcome; as superuser"""
        self.ensure_one()
        released = self.env._(
            "Released in an emergency by %(person)s: %(reason)s", person=self.released_by_id.name,
            reason=self.release_reason)
        if self.release_outcome == 'refused' and (refusal := self._get_refusal_after_release()):
            states = dict(refusal._fields['state']._description_selection(self.env))
            return released + "\n" + self.env._(
                "Then %(state)s by %(role)s (%(person)s): %(comment)s", state=states[refusal.state].lower(),
                role=refusal.role_id.name, person=refusal.decided_by_id.name, comment=refusal.comment)
        if self.release_outcome == 'pending':
            return released + "\n" + self.env._(
                "The review continues: it is waiting for %(roles)s.", roles=format_list(
                    self.env, list(dict.fromkeys(
                        review.role_id.name for review in self.review_ids if review.state == 'pending'))))
        return released

    def _get_refusal_after_release(self):
        """:return: the ``order.review`` by which a department has refused this released order, as superuser"""
        self.ensure_one()
        refusals = [
            review for review in self.review_ids
            if review.state in ('returned', 'rejected') and review.decided_at >= self.released_at]
        return refusals[0] if refusals else self.env['order.review']

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'released_at', 'released_by_id', 'release_reason', 'release_outcome', 'release_ended_at',
            'release_values',
        }

    # -- actions --------------------------------------------------------------------------------

    def action_release_emergency(self, reason):
        """Confirm orders in review before the departments have decided, in an emergency (article R5).

        The release stands for the approvals that are missing, and for nothing else: where the policy asks for the
        confirmation with the customer, that is needed all the same. The review goes on afterwards.

        :param reason: why the order cannot wait; required
        :return: True
        :raise AccessError, UserError: with the first order that cannot be released; then none is
        """
        self._check_refusals(self._get_release_refusals())
        if not (reason := read_text(reason)):
            raise UserError(self.env._("Explain why the order cannot wait for its review: everybody concerned is "
                                       "notified."))
        self._action_release_emergency(reason)
        return True

    def action_open_release(self):
        """:return: the action that asks for the reason of the emergency release"""
        return self._open_action(
            'order_review_reason_action', name=self.env['order.review.reason']._get_title('release'),
            context={'default_order_ids': self.ids, 'default_kind': 'release'})

    # -- who may --------------------------------------------------------------------------------

    @api.model
    def _is_releaser(self):
        """:return: whether the person is one of those who release orders; asked of ``env.user``, never OdooBot"""
        user = self.env.user
        return not user._is_superuser() and user.has_group('sale_order_lifecycle.group_emergency_release')

    def _get_release_refusals(self):
        """Why the person cannot release these orders; asked of ``env.user`` whatever ``env.su`` is.

        :return: dict order id → exception with one sentence; orders that can be released are missing
        """
        if not self:
            return {}
        if not self._is_releaser():
            error = AccessError(self.env._(
                "Only the users named for emergency releases can release an order before its review. Ask your manager "
                "who they are."))
            return dict.fromkeys(self.ids, error)
        unconfirmed = self._get_confirmation_obstacles()
        return self._collect_refusals(lambda order: order._get_release_refusal() or (
            UserError(unconfirmed[order.id]) if order.id in unconfirmed else None))

    def _get_release_refusal(self):
        """:return: exception with one sentence why the person cannot release this order, None where it is possible"""
        self.ensure_one()
        if self.company_id not in self.env.user.company_ids:
            return AccessError(self.env._(
                "%(order)s belongs to a company that you do not have access to.", order=self.name))
        if not self.policy_id.allow_emergency_release:
            return UserError(self.env._(
                "The policy of %(order)s does not allow emergency releases: the order has to be reviewed first.",
                order=self.name))
        if self.state not in ('draft', 'sent') or self.review_state != 'in_review':
            return UserError(self.env._(
                "%(order)s is not in review, so there is nothing to release.", order=self.name))
        # Whoever is excluded from the decision cannot make up for it by a release.
        if self.env.user in (person for name in self.env['order.review']._get_four_eyes_fields()
                             for person in self[name]):
            excluded = [review for review in self._get_open_reviews() if review.stage_id.four_eyes]
            if excluded:
                return AccessError(self.env._(
                    "You have entered, registered, submitted, changed or sold %(order)s, and “%(stage)s” requires "
                    "another person: somebody else has to release it.", order=self.name,
                    stage=excluded[0].stage_id.name))
        return None

    # -- business -------------------------------------------------------------------------------

    def _action_release_emergency(self, reason):
        """Release and confirm as the present person; rights and facts were asked before."""
        if not self:
            return
        orders_sudo = self.sudo()
        values = orders_sudo._get_watched_values()
        now = fields.Datetime.now()
        for order in orders_sudo:
            order._write_guarded({
                'released_at': now, 'released_by_id': self.env.uid, 'release_reason': reason,
                'release_outcome': 'pending', 'release_ended_at': False, 'release_values': values[order.id],
            })
        orders_sudo._message_log_batch(bodies={
            order.id: plaintext2html(order._describe_release()) for order in orders_sudo
        }, author_id=self.env.user.partner_id.id)
        # In the name of the person, who needs no right to write orders for it.
        orders_sudo.action_confirm()
        deciders = orders_sudo._get_open_reviews()._get_possible_deciders()
        orders_sudo._notify_release(self.env._("Released in an emergency"), {
            order: order._get_sales_contact().union(*(deciders[review.id] for review in order._get_open_reviews()))
            for order in orders_sudo
        })
        orders_sudo._lifecycle_event('released')

    def _get_open_reviews(self):
        """:return: the ``order.review`` of these orders that are not decided yet"""
        return self.review_ids.filtered(lambda review: review.state in ('pending', 'waiting'))

    def _notify_release(self, subject, people):
        """Tell the managers and others at once what has become of released orders, as superuser.

        :param subject: translated text
        :param people: dict order → ``res.users`` who are notified besides the managers
        """
        managers = {policy: policy._get_managers() for policy in self.policy_id}
        concerned = {}
        for order in self:
            for user in people[order] | managers[order.policy_id]:
                concerned[user] = concerned.get(user, self.browse()) | order
        self._notify_people(concerned, lambda orders: (subject, [
            Markup("%s<br/>%s") % (order._get_html_link(), plaintext2html(order._describe_release()))
            for order in orders]))

    def _is_released(self):
        """:return: whether the release of this order stands, for the values that it has now; as superuser"""
        self.ensure_one()
        return bool(self.released_at and not self.release_ended_at and self.release_outcome == 'pending')

    def _is_reviewed_afterwards(self):
        """:return: whether the review of this order goes on after its release; as superuser"""
        self.ensure_one()
        return self.state == 'sale' and self._is_released()

    def _get_approval_obstacles(self):
        # The release stands for the approvals that are missing, as long as nothing has changed since.
        released = self.filtered(lambda order: order.sudo()._is_released())
        values = released.sudo()._get_watched_values() if released else {}
        standing = released.filtered(lambda order: all(
            order.sudo().release_values[part] == values[order.id][part] for part in ('order', 'lines')))
        return super(SaleOrder, self - standing)._get_approval_obstacles()

    # -- the review goes on -----------------------------------------------------------------------

    def _sync_reviews(self, values=None):
        # The order is confirmed with the values that it was released with, and what core adds to it since is no
        # change of them: the reviews that are open are decided in their turn, and none is opened again.
        afterwards = self.filtered(lambda order: order.sudo()._is_reviewed_afterwards())
        if afterwards:
            afterwards.sudo()._activate_reviews()
            afterwards.sudo()._settle_review_state()
        return super(SaleOrder, self - afterwards)._sync_reviews(values)

    @api.model
    def _get_snapshot_fields(self):
        return [*super()._get_snapshot_fields(), 'release_values']

    @api.model
    def _get_acceptance_steps(self):
        return [*super()._get_acceptance_steps(), (30, '_end_emergency_release')]

    def _log_acceptance(self):
        # Of those that were released, another sentence tells.
        return super(SaleOrder, self.filtered(lambda order: not order._is_released()))._log_acceptance()

    def _end_emergency_release(self):
        """Keep that the departments have approved what was released, also where the confirmation finds that nothing is
        left to be decided."""
        afterwards = self.filtered(lambda order: order._is_released())
        if afterwards:
            afterwards._write_guarded({'release_outcome': 'approved'})
            afterwards._message_log_batch(bodies=dict.fromkeys(
                afterwards.ids, self.env._("All departments have approved the order after its emergency release.")))
            afterwards._lifecycle_event('release_approved')

    def _close_reviews(self, review_state):
        refused = self.filtered(lambda order: order._is_reviewed_afterwards())
        result = super()._close_reviews(review_state)
        if refused and review_state in ('returned', 'rejected'):
            refused._write_guarded({'release_outcome': 'refused'})
            # The salesperson has the department's comment as a to-do.
            refused._notify_release(
                self.env._("Refused after the emergency release"), {order: order.released_by_id for order in refused})
            refused._lifecycle_event('release_refused')
        return result

    def _follow_state(self):
        released = self.sudo().filtered(
            lambda order: order.state == 'cancel' and order.released_at and not order.release_ended_at)
        released._write_guarded({'release_ended_at': fields.Datetime.now()})
        released.filtered(lambda order: order.release_outcome == 'pending')._write_guarded({'release_outcome': 'void'})
        return super()._follow_state()

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        for order in self.filtered(lambda order: order.release_outcome == 'pending' and order.state == 'sale'):
            pending = [review for review in order.sudo().review_ids if review.state == 'pending']
            waiting[order.id] += [
                self.env._("%(role)s (review)", role=name)
                for name in dict.fromkeys(review.role_id.name for review in pending)]
        return waiting

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'released_at', 'released_by_id', 'release_reason', 'release_outcome']

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        return super()._get_reader_button_names() | {'action_open_release'}
