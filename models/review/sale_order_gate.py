import logging
from collections import defaultdict
from contextlib import contextmanager, nullcontext
from functools import partial

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.http import borrow_request, request
from odoo.tools import format_list, ormcache

from ..mixins.mark import Work

_logger = logging.getLogger(__name__)

_REFUSED = 'sale_order_lifecycle.refused_orders'
_CONFIRMING = 'confirming'


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- guarded fields, gate and what may change -----------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'review_ids', 'review_state', 'review_round', 'open_review_count', 'values_version',
            'submitted_at', 'submitted_by_id', 'approved_at', 'confirmed_at', 'former_salesperson_ids',
            'former_submitter_ids', 'review_editor_ids',
        }

    @api.constrains('state', 'policy_id')
    def _check_state_known(self):
        """Whatever makes an order: what has no state is followed by nothing."""
        if stateless := self.filtered(lambda order: order.policy_id and not order.state)[:1]:
            raise ValidationError(self.env._(
                "%(order)s needs a status: keep “Quotation”.", order=stateless.name))

    @api.constrains('state', 'company_id', 'policy_id')
    def _check_acceptance(self):
        """The gate (article R5): it looks at what is stored, so every way to ``sale`` ends here."""
        confirmed = self.filtered(lambda order: order.policy_id and order.state == 'sale' and not order.confirmed_at)
        # What somebody has read before may be less than there is: record rules, companies of the context.
        confirmed.invalidate_recordset(['order_line', 'review_ids'])
        obstacles = confirmed._get_acceptance_obstacles()
        if obstacles:
            self.browse(obstacles)._reopen_after_refusal()
            raise ValidationError(next(iter(obstacles.values())))

    @api.model
    def _get_write_steps(self):
        return [
            *super()._get_write_steps(), (40, '_change_followed'), (45, '_state_change_followed'),
            (50, '_confirmed_values_kept'), (55, '_lines_written_together')]

    @contextmanager
    def _change_followed(self, vals):
        """Reviews follow what changes; who has changed it, or sold the order before, is kept for four eyes."""
        if 'user_id' in vals:
            self._keep_former_salespeople(vals['user_id'])
        if vals.keys() <= self._get_review_neutral_fields():
            yield self
            return
        seen = self._get_values_before_change()
        # With lines beside it, all of it is judged together.
        together = 'order_line' in vals and any(order.policy_id for order in self)
        with self._changes_followed_at_end() if together else nullcontext(self) as orders:
            yield orders
            self._note_editors(seen)
            orders._follow_change()

    @contextmanager
    def _state_change_followed(self, vals):
        """An order under policy goes the ways from state to state that there are, and its reviews follow."""
        if 'state' in vals:
            self._check_state_change(vals['state'])
            self._forget_earlier_confirmation(vals['state'])
        yield self
        if 'state' in vals:
            self._follow_state()

    @contextmanager
    def _confirmed_values_kept(self, vals):
        """A confirmed order keeps the values that were approved."""
        frozen = self._get_frozen_orders(
            vals.keys() & (self._get_commercial_sources() | set(self._get_commercial_fields())))
        before = frozen._get_frozen_values()
        yield self
        frozen._check_frozen_values(before)

    def _keep_former_salespeople(self, user_id):
        """Giving an order away does not make its salesperson somebody who has not sold it.

        :param user_id: id of the next salesperson, or False
        """
        registered = self.sudo().filtered(
            lambda order: order.policy_id and order.review_state != 'none' and order.user_id.id != user_id)
        for user, orders in registered.grouped('user_id').items():
            if user:
                orders._write_guarded({'former_salesperson_ids': [fields.Command.link(user.id)]})

    @api.model
    def _get_state_transitions(self):
        """The ways of an order under policy from one state to another; staying where it is is none.

        Into ``sale`` leads the gate, and out of it cancellation only, which ends the documents, too.

        :return: dict state → set of the states that may follow; modules that add a state add its ways
        """
        return {
            False: {'draft', 'cancel'},
            'draft': {'sent', 'sale', 'cancel'},
            'sent': {'draft', 'sale', 'cancel'},
            'sale': {'cancel'},
            'cancel': {'draft'},
        }

    def _check_state_change(self, state):
        """:raise AccessError: for people who do not change the state of orders under policy
        :raise UserError: with the first order under policy that cannot go to this state from its own"""
        changed = self.filtered(lambda order: order.policy_id and order.state != (state or False))
        if not changed:
            return
        changed._check_intake_right()
        transitions = self._get_state_transitions()
        for order in changed:
            if state in transitions.get(order.state, ()):
                continue
            if order.state == 'sale' and state in ('draft', 'sent'):
                raise UserError(self.env._(
                    "%(order)s is confirmed. Cancel it before you set it back to quotation.", order=order.name))
            states = dict(self._fields['state']._description_selection(self.env))
            raise UserError(self.env._(
                "%(order)s cannot go from “%(before)s” to “%(after)s”. Use the buttons of the order, one after the "
                "other.", order=order.name, before=states.get(order.state, "—"), after=states.get(state, "—")))

    def _forget_earlier_confirmation(self, state):
        """Whatever orders were confirmed with before: each arrival in ``sale`` is judged by itself."""
        if state == 'sale':
            arriving_sudo = self.sudo().filtered(
                lambda order: order.policy_id and order.state != 'sale' and order.confirmed_at)
            arriving_sudo and arriving_sudo._write_guarded({'confirmed_at': False})

    def _follow_state(self):
        """Keep the date of confirmation; cancelling ends the reviews and voids the approvals."""
        orders_sudo = self.sudo().filtered('policy_id')
        if confirmed := orders_sudo.filtered(lambda order: order.state == 'sale' and not order.confirmed_at):
            confirmed._write_guarded({'confirmed_at': fields.Datetime.now()})
            confirmed._lifecycle_event('confirmed')
        if cancelled := orders_sudo.filtered(lambda order: order.state == 'cancel'):
            cancelled.review_ids.filtered(lambda review: review.state == 'approved' and not review.voided_at)._void()
            reviewed = cancelled.filtered(lambda order: order.review_state != 'none')
            reviewed._close_reviews('to_submit')
            cancelled._lifecycle_event('cancelled')
        # Nothing that is no sales order is confirmed, however it has come to its state.
        left = orders_sudo.filtered(lambda order: order.state != 'sale' and order.confirmed_at)
        left and left._write_guarded({'confirmed_at': False})

    @api.model
    def _get_review_neutral_fields(self):
        """Fields whose change can touch no stage, so that writing them costs nothing.

        :return: set of field names
        """
        return self._get_guarded_fields() | {
            'state', 'access_token', 'signature', 'signed_by', 'signed_on', 'date_order', 'locked',
            'activity_ids', 'message_ids', 'message_follower_ids', 'message_main_attachment_id',
            'pending_email_template_id', 'transaction_ids', 'invoice_status', 'procurement_group_id',
            'stock_reference_ids', 'order_line',
        }

    @api.model
    def _get_commercial_fields(self):
        """The commercial fields of an order: watched by stages that name none, frozen by confirmation.

        :return: sorted tuple of field names
        """
        # The files of a quotation and what is filled into them are read and signed by the customer.
        files = {'customizable_pdf_form_fields', 'quotation_document_ids'} & self._fields.keys()
        return tuple(sorted({
            'commitment_date', 'currency_id', 'fiscal_position_id', 'incoterm', 'incoterm_location', 'note',
            'partner_id', 'partner_invoice_id', 'partner_shipping_id', 'payment_term_id', 'pricelist_id', *files,
        }))

    @api.model
    @ormcache()
    def _get_commercial_sources(self):
        """:return: frozenset of the fields that commercial ones of an order or its lines are computed from, as from its
            template"""
        return self._find_fields_behind({
            *((self._name, name) for name in self._get_commercial_fields()),
            *(('sale.order.line', name) for name in self.env['sale.order.line']._get_commercial_fields())})

    @api.model
    @ormcache()
    def _get_sales_fields(self):
        names = super()._get_sales_fields() | set(self._get_commercial_fields())
        return frozenset(
            names | self._get_commercial_sources() | self._find_fields_behind({(self._name, name) for name in names}))

    @api.model
    @ormcache()
    def _get_naming_fields(self):
        """:return: dict name of a model → list of pairs of a model and the field by which it names records of that one:
            commercial fields of orders and lines, and those of documents that have a file as their content"""
        naming = defaultdict(list)
        for model in (self, self.env['sale.order.line']):
            for name in model._get_commercial_fields():
                field = model._fields[name]
                if field.store and field.type in ('many2one', 'many2many'):
                    naming[field.comodel_name].append((model._name, name))
        for name in list(naming):
            for parent, link in self.env[name]._inherits.items():
                if parent == 'ir.attachment':
                    naming[parent].append((name, link))
        return dict(naming)

    @api.model
    def _search_agreed(self, domain):
        """:return: the confirmed orders under policy that satisfy a Domain, as superuser"""
        return self.sudo().search(
            Domain(domain) & Domain('state', '=', 'sale') & Domain('policy_id', '!=', False), limit=1)

    def _get_frozen_orders(self, touched):
        """:return: the confirmed orders under policy, none where ``touched`` is empty"""
        return self.filtered(lambda order: order.policy_id and order.state == 'sale') if touched else self.browse()

    def _get_frozen_values(self):
        """The commercial values that confirmation has frozen, without the lines that core itself adds.

        :return: dict order id → watched values
        """
        if not self:
            return {}
        values = self.sudo()._get_watched_values(lambda line: line._is_frozen_by_confirmation())
        for order in self:
            if order._is_compared_as_a_whole():
                for line in values[order.id]['lines'].values():
                    line.pop('parent_id')
        return values

    def _check_frozen_values(self, before):
        """:raise UserError: when a commercial value of a confirmed order is no longer what it was, unless a sales
            manager corrects texts; that is noted on the orders"""
        after = self._get_frozen_values()
        corrections = {}
        for order in self:
            if changes := order._describe_changes(before[order.id], after[order.id]):
                if not self._is_text_correction(before[order.id], after[order.id]):
                    raise order._get_frozen_error(changes[0])
                if not self._may_correct_texts():
                    raise order._get_frozen_text_error(changes[0])
                corrections[order.id] = changes
        self._log_text_corrections(corrections)

    def _get_frozen_error(self, change):
        """:param change: translated text of what would change
        :return: UserError"""
        return UserError(self.env._(
            "%(order)s is confirmed with the approved values, so this cannot be changed: %(change)s. Cancel the order, "
            "set it back to quotation and submit it for review again.",
            order=self.name, change=change))

    # -- acceptance ---------------------------------------------------------------------------------

    def _is_accepted(self):
        """The company's word: whether approvals stand on the present values of all these orders.

        :return: bool; True for orders that follow no policy
        """
        return not self._get_acceptance_obstacles()

    def _get_acceptance_obstacles(self):
        """Why orders under policy are not accepted by the company (articles I4, R5), in batch.

        Later rooms and addons add their conditions to the result of ``super()``.

        :return: dict order id → one translated sentence; accepted orders are missing
        """
        return self._get_confirmation_obstacles() | self._get_approval_obstacles()

    def _get_approval_obstacles(self):
        """Why the departments' approvals do not stand on the present values of orders, in batch.

        :return: dict order id → one translated sentence
        """
        orders_sudo = self.sudo().filtered('policy_id')
        approved = orders_sudo.filtered(lambda order: order.review_state == 'approved')
        obstacles = {
            order.id: order._get_unapproved_message() for order in orders_sudo - approved
        }
        lacking = approved._get_lacking_stages()
        for order in approved:
            if stages := lacking[order.id]:
                obstacles[order.id] = order._get_lacking_message(stages)
        return obstacles

    def _get_lacking_message(self, stages):
        """:param stages: the ``order.review.stage`` whose approvals this approved order lacks
        :return: translated sentence why it cannot be confirmed"""
        self.ensure_one()
        roles = format_list(self.env, stages.role_id.mapped('name'))
        given = self.review_ids.filtered(
            lambda review: review.state == 'approved' and not review.voided_at and review.stage_id in stages)
        if not given:
            return self.env._(
                "%(order)s now also needs the approval of %(roles)s. Their review has been opened: confirm the order "
                "once it is approved.", order=self.display_name, roles=roles)
        if all(review._is_lapsed() for review in given):
            return self.env._(
                "The approval of %(order)s by %(roles)s has expired. The review has been reopened: confirm the order "
                "once it is approved.", order=self.display_name, roles=roles)
        return self.env._(
            "The values of %(order)s differ from those approved by %(roles)s. Their review has been reopened: confirm "
            "the order once it is approved.", order=self.display_name, roles=roles)

    def _get_unapproved_message(self):
        self.ensure_one()
        if self.review_state == 'in_review':
            return self.env._(
                "%(order)s is in review: it is waiting for %(roles)s.", order=self.display_name,
                roles=self.waiting_for)
        return self.env._(
            "%(order)s has to be reviewed before it can be confirmed. Submit it for review.",
            order=self.display_name)

    def action_confirm(self):
        # With sale_loyalty the confirmation itself calculates the rewards anew.
        with self._changes_followed_at_end() as orders:
            if orders and not (orders := orders._end_needless_reviews()):
                return True
            # Core asks one order after the other whether it can be confirmed: the first answer holds for all.
            with Work.begin(_CONFIRMING, orders, orders.ids) as work:
                return super(SaleOrder, work.put(orders)).action_confirm()

    def _end_needless_reviews(self):
        """What applies may have changed with time: a stage that no longer does holds nobody up.

        :return: the orders that are still to be confirmed; what the customer has accepted has confirmed by itself
        """
        in_review = self.sudo().filtered(
            lambda order: order.policy_id and order.state in ('draft', 'sent') and order.review_state == 'in_review')
        if not in_review:
            return self
        in_review._sync_reviews()
        confirmed = in_review.filtered(lambda order: order.state == 'sale')
        return self.filtered(lambda order: order.id not in confirmed._ids)

    def _get_acceptance_obstacle(self):
        """:return: translated sentence why this order is not accepted, or False"""
        self.ensure_one()
        work = Work.find(_CONFIRMING, self)
        if not work or self.id not in work.ids:
            return self._get_acceptance_obstacles().get(self.id, False)
        if work.result is None:
            work.result = self.browse(work.ids)._get_acceptance_obstacles()
        return work.result.get(self.id, False)

    def _confirmation_error_message(self):
        message = super()._confirmation_error_message() or self._get_acceptance_obstacle()
        if message:
            self._reopen_after_refusal()
        return message

    # -- what the gate has found --------------------------------------------------------------------

    def _reopen_after_refusal(self):
        """Bring the reviews of these orders in line once the refusal has rolled this transaction back.

        The refusal undoes everything that this transaction does, so the reviews that are lacking are
        opened in a transaction of their own. Nothing happens where the refusal is caught and the
        transaction commits after all.
        """
        orders = self.sudo().filtered(lambda order: order.policy_id and order.review_state in ('in_review', 'approved'))
        if not orders or not self.env.registry.ready:
            return
        postrollback = self.env.cr.postrollback
        if _REFUSED not in postrollback.data:
            postrollback.data[_REFUSED] = refused = set()
            # Of the context only what texts depend on: the client's other keys are for the refused action.
            context = {name: self.env.context[name] for name in ('lang', 'tz') if name in self.env.context}
            postrollback.add(partial(_evaluate_apart, self.env.registry, self.env.uid, context, refused))
        postrollback.data[_REFUSED].update(orders.ids)

    def _evaluate_refused(self):
        """Evaluate the reviews of orders that the gate has refused to confirm, as superuser.

        Orders that somebody else is at work on are left to that transaction, or to the next try.
        """
        orders = self.exists().try_lock_for_update().filtered(
            lambda order: order.policy_id and order.state in ('draft', 'sent')
            and order.review_state in ('in_review', 'approved'))
        orders._sync_reviews()


def _evaluate_apart(registry, uid, context, order_ids):
    """Run :meth:`SaleOrder._evaluate_refused` in a transaction of its own."""
    # What is left of a request has no environment any more, which core would ask for texts and links.
    unexposed = borrow_request() if request else nullcontext()
    try:
        with unexposed, registry.cursor() as cr:
            env = api.Environment(cr, uid, context)
            env['sale.order'].sudo().browse(order_ids)._evaluate_refused()
    except OperationalError:
        # Another transaction changes the same orders and evaluates them.
        _logger.info("The reviews of the refused orders %s are being changed by somebody else.", order_ids)
    except Exception:
        # The person is to read the refusal, not this.
        _logger.exception("The reviews of the refused orders %s could not be opened.", order_ids)
