from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..mixins.arguments import read_text
from ..review.order_review import REFUSING_STATES

DECIDED_STATES = ('approved', *REFUSING_STATES)


class OrderReview(models.Model):
    _inherit = 'order.review'

    # the revocation of the decision
    revoked_at = fields.Datetime(readonly=True, copy=False)
    revoked_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    revocation_reason = fields.Text(readonly=True, copy=False)
    can_revoke = fields.Boolean(compute='_compute_can_revoke')
    revocation_note = fields.Text(
        compute='_compute_revocation_note', help="Why the decision before this review was revoked.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('state', 'voided_at', 'order_id.state', 'order_id.review_state', 'order_id.review_round')
    @api.depends_context('uid')
    def _compute_can_revoke(self):
        refusals = self._get_revocation_refusals()
        for review in self:
            review.can_revoke = review.id not in refusals

    @api.depends('order_id', 'stage_id', 'state')
    def _compute_revocation_note(self):
        for review in self:
            review_sudo = review.sudo()
            before = [row for row in review_sudo.order_id.review_ids
                      if row.stage_id == review_sudo.stage_id and row.decided_at and row.id < review.id]
            last = max(before, key=lambda row: row.id) if before else self.browse()
            review.revocation_note = bool(last.revoked_at) and review.state in ('pending', 'waiting') and self.env._(
                "%(person)s has revoked the decision: %(reason)s", person=last.revoked_by_id.name,
                reason=last.revocation_reason)

    # -- actions --------------------------------------------------------------------------------

    def action_revoke(self, reason):
        """Take decisions back while the orders are not confirmed; their stages are open again (article R6).

        A return or a rejection can be revoked as long as sales has not submitted the order again: the review goes
        on as if it had not been, and what sales has changed in between opens what it concerns.

        :param reason: what has been overlooked; required
        :return: True
        :raise AccessError, UserError: with the first review that cannot be revoked; then none is
        """
        self._check_refusals(self._get_revocation_refusals())
        if not (reason := read_text(reason)):
            raise UserError(self.env._("Explain why you revoke the decision, so that sales and your colleagues are "
                                       "informed."))
        self._action_revoke(reason)
        return True

    def action_open_revoke(self):
        """:return: the action that asks why the decisions are revoked"""
        return self._open_reason('revoke')

    def _get_opening_reason(self):
        last = self._get_last_decision()
        if last.revoked_at:
            return self.env._(
                "%(stage)s: %(person)s has revoked the decision.", stage=self.stage_id.name,
                person=last.revoked_by_id.name)
        return super()._get_opening_reason()

    # -- who may --------------------------------------------------------------------------------

    def _get_revocation_refusals(self):
        """Why the person cannot take these reviews back; asked of ``env.user`` whatever ``env.su`` is.

        :return: dict review id → exception with one sentence; reviews that can be revoked are missing
        """
        return self._collect_refusals(lambda review: review._get_revocation_refusal())

    def _get_revocation_refusal(self):
        """:return: exception with one sentence why the person cannot revoke this review, None where it is possible"""
        self.ensure_one()
        if self.state not in DECIDED_STATES:
            return UserError(self.env._(
                "“%(review)s” has not been decided, so there is nothing to revoke.", review=self.display_name))
        if self.order_id.state == 'cancel':
            return UserError(self.env._(
                "%(order)s is cancelled, so there is nothing to revoke.", order=self.order_id.name))
        if self.voided_at or (self.state in REFUSING_STATES and not self._is_standing_refusal()):
            return UserError(self.env._(
                "The decision “%(review)s” is no longer valid, so there is nothing to revoke.",
                review=self.display_name))
        if self.order_id.state not in ('draft', 'sent'):
            return UserError(self.env._(
                "%(order)s is confirmed, so its review decisions cannot be revoked. Ask the salesperson to cancel the "
                "order.",
                order=self.order_id.name))
        if self.env.user._is_superuser() or self.env.user not in self._get_deciders():
            return AccessError(self.env._(
                "“%(review)s” was decided by %(person)s and can only be revoked by the same user.",
                person=self.decided_by_id.name, review=self.display_name))
        if self.company_id not in self.env.user.company_ids:
            return AccessError(self.env._(
                "The review “%(review)s” belongs to a company that you do not have access to.",
                review=self.display_name))
        return None

    # -- business -------------------------------------------------------------------------------

    def _action_revoke(self, reason):
        """Take the effect of decisions away as the present person; rights and facts were asked before."""
        if not self:
            return
        self_sudo = self.sudo()
        self_sudo._void()
        self_sudo._write_guarded({
            'revoked_at': fields.Datetime.now(), 'revoked_by_id': self.env.uid, 'revocation_reason': reason})
        orders_sudo = self_sudo.order_id
        orders_sudo._message_log_batch(
            bodies=self_sudo._get_bodies_by_order(lambda review: review._describe_revocation()),
            author_id=self.env.user.partner_id.id)
        orders_sudo._resume_review()
        # Of an order that sales has to submit again, the stages open then.
        orders_sudo.filtered(lambda order: order.review_state in ('in_review', 'approved'))._sync_reviews()
        rows = self_sudo.grouped('order_id')
        orders_sudo._notify_people(orders_sudo._group_by_sales_contact(), lambda orders: (
            orders.env._("A decision has been revoked"), [
                Markup("%s<br/>%s") % (order._get_html_link(), Markup("<br/>").join(
                    review.with_env(orders.env)._describe_revocation() for review in rows[order]))
                for order in orders]))
        orders_sudo._lifecycle_event('revoked', reviews=self_sudo)

    def _describe_revocation(self):
        """:return: translated text on who has taken this decision back, and why"""
        self.ensure_one()
        return self.env._(
            "%(person)s has revoked the decision “%(stage)s”: %(reason)s", person=self.revoked_by_id.name,
            stage=self.stage_id.name, reason=self.revocation_reason)
