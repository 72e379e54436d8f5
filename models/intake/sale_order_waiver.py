from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from ..mixins.arguments import read_ids, read_text


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # waivers of completeness rules
    waiver_ids = fields.One2many(
        'order.intake.waiver', 'order_id', string="Waivers", readonly=True, copy=False,
        groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')
    waiver_count = fields.Integer(
        "Valid Waivers", readonly=True, copy=False,
        help="Number of completeness rules waived for the current values of the order.")
    can_waive = fields.Boolean(
        compute='_compute_can_waive', help="A role of the user can waive missing information of the order.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('missing_information')
    @api.depends_context('uid')
    def _compute_can_waive(self):
        incomplete = self.filtered(lambda order: not order.is_complete and order.state in ('draft', 'sent'))
        rules = incomplete._get_unmet_rules(('waivable',))
        role_ids = self._get_waiving_role_ids() if any(rules.values()) else ()
        for order in self:
            order.can_waive = any(rule.waiver_role_id.id in role_ids for rule in rules.get(order.id, ()))

    # -- actions --------------------------------------------------------------------------------

    def action_waive(self, reason, rule_ids=None):
        """Waive what the orders miss and a role of the person may waive (article I3).

        The waiver holds for the values that the orders have now.

        :param reason: why the orders may go on without it, for all of them
        :param rule_ids: ids of ``order.intake.rule`` to waive; all that the person may by default
        :return: True
        :raise AccessError: for people whose roles may waive nothing of what an order misses
        :raise UserError: without a reason, or with the first order that misses nothing that can be waived;
            then none is waived
        """
        rules = self._get_rules_to_waive(rule_ids)
        self._check_refusals(self._get_waiver_refusals(rules))
        reason = self._read_waiver_reason(reason)
        self._action_waive(rules, reason)
        return True

    def action_waive_possible(self, reason, rule_ids=None):
        """Waive what can be waived of the orders, for lists.

        :param reason, rule_ids: as for :meth:`action_waive`
        :return: a notification that counts the orders and names the others
        """
        rules = self._get_rules_to_waive(rule_ids)
        refusals = self._get_waiver_refusals(rules)
        reason = self._read_waiver_reason(reason)
        possible = self._without(refusals)
        possible._action_waive(rules, reason)
        return self._get_summary_notification(
            self.env._("%(count)s orders can proceed with a waiver.", count=len(possible)), refusals)

    @api.model
    def _read_waiver_reason(self, reason):
        """:return: the reason, as a text that can be stored
        :raise UserError: where nobody has given one
        """
        if not (reason := read_text(reason)):
            raise UserError(self.env._("Enter the reason why the order may proceed without this information."))
        return reason

    @api.model
    def _get_waiving_role_ids(self):
        """Asked of ``env.user`` whatever ``env.su`` is; OdooBot decides nothing.

        :return: ids of the roles that the person may waive for
        """
        if self.env.user._is_superuser():
            return []
        return self.env['order.role']._get_role_ids_of(self.env.user)

    def _get_rules_to_waive(self, rule_ids=None):
        """What the orders miss, and what of it the person may waive.

        :param rule_ids: ids to choose from, None for all
        :return: dict order id → pair (unmet waivable rules, those of them that the person may waive)
        """
        self.check_access('read')
        role_ids = self._get_waiving_role_ids()
        result = {}
        wanted = None if rule_ids is None else set(read_ids(rule_ids))
        for order_id, rules in self._get_unmet_rules(('waivable',)).items():
            if wanted is not None:
                rules = rules.filtered(lambda rule: rule.id in wanted)
            result[order_id] = (rules, rules.filtered(lambda rule: rule.waiver_role_id.id in role_ids))
        return result

    def _get_waiver_refusals(self, rules):
        """Why nothing can be waived of orders.

        :param rules: result of :meth:`_get_rules_to_waive`
        :return: dict order id → exception with one sentence
        """
        refusals = {}
        for order in self:
            unmet, own = rules[order.id]
            if order.state not in ('draft', 'sent'):
                refusals[order.id] = UserError(self.env._(
                    "%(order)s is no longer a quotation, so there is nothing to waive.", order=order.display_name))
            elif not unmet:
                refusals[order.id] = UserError(self.env._(
                    "%(order)s has no missing information that can be waived.", order=order.display_name))
            elif not own:
                refusals[order.id] = AccessError(self.env._(
                    "The missing information of %(order)s can only be waived by %(roles)s: ask them.",
                    order=order.display_name,
                    roles=format_list(self.env, unmet.waiver_role_id.mapped('name'))))
        return refusals

    def _action_waive(self, rules, reason):
        """Keep the waivers of any number of orders, as superuser and after all checks.

        :param rules: result of :meth:`_get_rules_to_waive`
        :param reason: text
        """
        orders_sudo, now = self.sudo(), fields.Datetime.now()
        values = orders_sudo._get_customer_values()
        waived = {order: rules[order.id][1] for order in orders_sudo}
        # One that stands on other values would be in the way of the index.
        orders_sudo._lapse_waivers()
        self.env['order.intake.waiver'].sudo()._create_guarded([{
            'order_id': order.id, 'rule_id': rule.id, 'role_id': rule.waiver_role_id.id, 'reason': reason,
            'waived_by_id': self.env.uid, 'waived_at': now, 'seen_values': values[order.id],
        } for order, order_rules in waived.items() for rule in order_rules])
        orders_sudo._count_waivers()
        orders_sudo._message_log_batch(bodies={
            order.id: Markup("%s<br/>%s") % (
                self.env._("Waived: %(rules)s", rules=format_list(self.env, order_rules.mapped('name'))), reason)
            for order, order_rules in waived.items()
        })
        # What is missing depends on what is waived, which the form's dependencies do not name.
        self.invalidate_recordset(
            ['missing_information', 'missing_summary', 'is_complete', 'intake_warnings', 'can_waive'], flush=False)

    # -- what holds -----------------------------------------------------------------------------

    def _get_waived_rules(self):
        """The rules that are waived for the values that orders have now.

        :return: dict order id → ``order.intake.rule``; orders without a waiver are missing
        """
        waived = {}
        orders_sudo = self.sudo().filtered(lambda order: order._origin.waiver_count)
        # What is being typed into a form is compared when it is saved.
        values = orders_sudo.filtered(lambda order: order.id == order._origin.id)._get_customer_values()
        for order in orders_sudo:
            standing = order._origin.waiver_ids.filtered(
                lambda waiver, order=order: not waiver.lapsed_at
                and (order.id not in values or waiver.seen_values == values[order.id]))
            waived[order.id] = standing.rule_id
        return waived

    def _lapse_waivers(self, all_of_them=False):
        """End the waivers of orders that have other values now than the person saw.

        :param all_of_them: end them whatever the values are, because the orders are cancelled
        """
        orders_sudo = self.sudo().filtered('waiver_count')
        if not orders_sudo:
            return
        values = {} if all_of_them else orders_sudo._get_customer_values()
        lapsed = orders_sudo.waiver_ids.filtered(
            lambda waiver: not waiver.lapsed_at
            and (all_of_them or waiver.seen_values != values[waiver.order_id.id]))
        if not lapsed:
            return
        lapsed._write_guarded({'lapsed_at': fields.Datetime.now()})
        lapsed.flush_recordset(['lapsed_at'])
        lapsed.order_id._count_waivers()
        if not all_of_them:
            lapsed.order_id._message_log_batch(bodies={
                order.id: self.env._(
                    "The order has changed, so these waivers are no longer valid: %(rules)s",
                    rules=format_list(self.env, (order.waiver_ids & lapsed).rule_id.mapped('name')))
                for order in lapsed.order_id
            })

    def _count_waivers(self):
        """Bring the number of standing waivers up to date, as superuser."""
        counts = dict(self.env['order.intake.waiver'].sudo()._read_group(
            [('order_id', 'in', self.ids), ('lapsed_at', '=', False)], ['order_id'], ['__count']))
        for number, orders in self.grouped(lambda order: counts.get(order, 0)).items():
            orders._write_guarded({'waiver_count': number})
