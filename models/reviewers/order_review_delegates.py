from lxml import etree
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_amount, formatLang

from ..review.order_review import OPEN_STATES


class OrderReview(models.Model):
    """Who acts for whom: the members of a role, and the delegates of those who are away."""
    _inherit = 'order.review'

    delegated_for_id = fields.Many2one(
        'res.users', string="Decided on Behalf Of", readonly=True,
        help="The user on whose behalf a delegate decided the review.")
    principal_ids = fields.Many2many(
        'res.users', string="On Behalf Of", compute='_compute_principal_ids',
        help="Those on whose behalf the current user can act for the role of the review.")
    acting_for_id = fields.Many2one(
        'res.users', string="Acting on Behalf Of", compute='_compute_acting_for_id',
        help="The absent user on whose behalf the current user would decide.")
    is_delegated_to_me = fields.Boolean(
        compute='_compute_is_delegated_to_me', search='_search_is_delegated_to_me',
        help="The current user can see the review as the delegate of an absent user.")
    reads_order = fields.Boolean(compute='_compute_reads_order', help="The current user can open the order.")
    line_summary = fields.Html(
        "Ordered Lines", compute='_compute_line_summary', sanitize=False,
        help="The order lines, for delegates who cannot open the order.")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('role_id', 'company_id', 'order_id.user_id')
    @api.depends_context('uid')
    def _compute_principal_ids(self):
        user = self.env.user
        reviews_sudo = self.sudo()
        covered = [
            (delegation.user_id.id, set(reviews_sudo.filtered_domain(delegation._get_covered_domain())._ids))
            for delegation in self._get_running_delegations(user)
        ]
        for review in self:
            own = user.ids if review.sudo()._is_member(user) else []
            review.principal_ids = user.browse(dict.fromkeys(
                own + [user_id for user_id, review_ids in covered if review.id in review_ids]))

    def _read_principals_anew(self):
        """Delegations begin and end by themselves, and a cached value knows nothing of it.

        What else is cached stays, as this is asked by computations, too.
        """
        with self.env.protecting([self._fields['principal_ids']], self):
            self._compute_principal_ids()

    @api.depends('principal_ids', 'user_id')
    @api.depends_context('uid')
    def _compute_acting_for_id(self):
        for review in self:
            principal = review.sudo()._get_principal()
            review.acting_for_id = principal if principal != self.env.user else False

    @api.depends('role_id', 'company_id', 'order_id.user_id', 'state', 'decided_by_id')
    @api.depends_context('uid')
    def _compute_is_delegated_to_me(self):
        delegated = self.sudo().filtered_domain(self._get_delegated_domain())
        for review in self:
            review.is_delegated_to_me = review.id in delegated._ids

    @api.model
    def _search_is_delegated_to_me(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return self._get_delegated_domain() if True in value else Domain.FALSE

    @api.model
    def _get_delegated_domain(self):
        """What a delegate sees, and only while the delegation runs: what is open, and the delegate's own decisions.

        Rules of access ask for it by the field, so that it is made anew each time and never kept.

        :return: Domain
        """
        covered = Domain.OR(
            delegation._get_covered_domain() for delegation in self._get_running_delegations(self.env.user))
        return covered & (Domain('state', 'in', OPEN_STATES) | Domain('decided_by_id', '=', self.env.uid))

    @api.depends('user_id', 'principal_ids')
    def _compute_can_decide(self):
        return super()._compute_can_decide()

    @api.model
    def _search_can_decide(self, operator, value):
        domain = super()._search_can_decide(operator, value)
        if operator != 'in' or True not in value:
            return domain
        user = self.env.user
        domain = Domain.OR([domain & self._get_turn_domain(user), *(
            Domain('state', '=', 'pending') & delegation._get_covered_domain()
            & self._get_not_excluded_domain(user | delegation.user_id) & self._get_turn_domain(delegation.user_id)
            for delegation in self._get_running_delegations(user)
        )])
        # A delegate has no access to the orders, stages and roles that this asks for.
        return Domain('id', 'in', self.sudo().with_context(active_test=False)._search(domain))

    def _compute_is_my_role(self):
        result = super()._compute_is_my_role()
        for review in self.filtered(lambda review: not review.is_my_role):
            review.is_my_role = review.is_delegated_to_me
        return result

    @api.model
    def _search_is_my_role(self, operator, value):
        domain = super()._search_is_my_role(operator, value)
        if operator != 'in' or True not in value:
            return domain
        return domain | self._get_delegated_domain()

    @api.depends_context('uid')
    def _compute_reads_order(self):
        readable = self.sudo().order_id.sudo(False)._filtered_access('read')
        for review in self:
            review.reads_order = review.sudo().order_id.id in readable._ids

    @api.depends('order_id.order_line.price_subtotal', 'order_id.order_line.name')
    @api.depends_context('lang')
    def _compute_line_summary(self):
        heads = [self.env._("Description"), self.env._("Quantity"), self.env._("Unit Price"), self.env._("Disc.%"),
                 self.env._("Amount")]
        for review in self.sudo():
            rows = [self._get_table_row('th', heads)]
            for line in review.order_id.order_line:
                if line.display_type:
                    rows.append(Markup('<tr><td colspan="5">%s</td></tr>') % line.name)
                    continue
                rows.append(self._get_table_row('td', [
                    line.name, f"{line.product_uom_qty:g} {line.product_uom_id.name or ''}",
                    format_amount(self.env, line.price_unit, line.currency_id),
                    formatLang(self.env, line.discount) if line.discount else "",
                    format_amount(self.env, line.price_subtotal, line.currency_id),
                ]))
            review.line_summary = Markup('<table class="table table-sm">%s</table>') % Markup().join(rows)

    @api.model
    def _get_table_row(self, tag, cells):
        first, *numbers = cells
        return Markup("<tr>%s%s</tr>") % (
            Markup(f"<{tag}>%s</{tag}>") % first,
            Markup().join(Markup(f'<{tag} class="text-end text-nowrap">%s</{tag}>') % cell for cell in numbers))

    @api.model
    def get_view(self, view_id=None, view_type='form', **options):
        result = super().get_view(view_id, view_type, **options)
        if view_type == 'form':
            # A delegate may come from anywhere: a list of unreadable records would keep the form from opening.
            arch = etree.fromstring(result['arch'])
            hidden = [
                node for node in arch.iterfind('.//field')
                if (field := self._fields.get(node.get('name'))) is not None
                and field.type in ('one2many', 'many2many') and next(node.iterancestors('field'), None) is None
                and not self.env[field.comodel_name].has_access('read')
            ]
            for node in hidden:
                node.getparent().remove(node)
            if hidden:
                result['arch'] = etree.tostring(arch, encoding='unicode')
        return result

    # -- who acts for whom ------------------------------------------------------------------------

    @api.model
    def _get_running_delegations(self, delegate):
        """:return: the delegations that make this person somebody's delegate now, as superuser"""
        return self.env['order.review.delegation']._get_running(Domain('delegate_id', '=', delegate.id))

    @api.model
    def _get_visible_domain(self, user):
        """The reviews that a person sees by the rules of access, leaving companies aside.

        :param user: ``res.users``
        :return: Domain; salespeople of the narrowest group see those of their own orders
        """
        if user in self._get_readers_of_all():
            return Domain.TRUE
        return Domain('order_id.user_id', 'in', [user.id, False])

    def _is_member(self, user):
        """Whether a person may act for the role of this review as its member; override to say who may review.

        :param user: ``res.users``
        :return: bool
        """
        self.ensure_one()
        return self.role_id._includes(user) and self.company_id in user.company_ids

    def _get_principal(self):
        """On whose behalf the present person would decide this review: as a member, or for somebody who is absent.

        :return: ``res.users``; empty where four eyes or an assignment to another person forbid it
        """
        self.ensure_one()
        principals = self.principal_ids - self._get_excluded_persons()
        if assignee := self._get_assignee():
            principals &= assignee
        return principals[:1]

    def _get_decision_refusals(self):
        self._read_principals_anew()
        return super()._get_decision_refusals()

    def _get_decision_refusal(self):
        return super()._get_decision_refusal() or self._refuse_excluded_principal() or self._refuse_assigned()

    def _refuse_non_member(self):
        return None if self.principal_ids else super()._refuse_non_member()

    def _refuse_excluded_principal(self):
        """:return: exception if everybody on whose behalf the person could decide is excluded from deciding"""
        if not self.principal_ids - self._get_excluded_persons():
            return AccessError(self.env._(
                "%(person)s, on whose behalf you act, has been involved in this order and could not decide "
                "“%(review)s” either. Leave it to another member of %(role)s.",
                person=self.principal_ids[:1].name, review=self.display_name, role=self.role_id.name))
        return None

    def _is_prepared_by_person(self):
        self._read_principals_anew()
        return bool(self.principal_ids)

    # -- who may decide, of all -------------------------------------------------------------------

    @api.model
    def _get_decider_fields(self):
        return [*super()._get_decider_fields(), 'delegated_for_id']

    def _get_deciders(self):
        # Four eyes and several approvals ask for different persons: a delegate stands for two.
        return super()._get_deciders() | self.delegated_for_id

    def _get_able_members(self):
        """Who may decide these reviews as a member of the role.

        :return: dict review id → ``res.users`` as superuser, active ones only
        """
        # What others add for those who are away is left out.
        return super()._get_possible_deciders()  # pylint: disable=super-method-mismatch

    def _get_acting_delegates(self, able):
        """Who acts for whom now.

        :param able: result of :meth:`_get_able_members`
        :return: dict review id → dict absent ``res.users`` → ``res.users`` who act for that person
        """
        members = self.env['res.users'].sudo().union(*able.values())
        running = members and self.env['order.review.delegation']._get_running(Domain('user_id', 'in', members.ids))
        acting = {}
        for review in self.sudo():
            by_person = acting[review.id] = {}
            excluded = review._get_excluded_persons() if running else None
            for delegation in running or ():
                person, delegate = delegation.user_id, delegation.delegate_id
                if (
                    person in able[review.id] and (not delegation.role_id or delegation.role_id == review.role_id)
                    and review.company_id in delegate.company_ids and delegate not in excluded
                ):
                    by_person[person] = by_person.get(person, delegate.browse()) | delegate
        return acting

    def _get_possible_deciders(self):
        able = self._get_able_members()
        acting = self._get_acting_delegates(able)
        return {
            review_id: users.union(*acting[review_id].values()) for review_id, users in able.items()
        }

    def _get_turn_holders(self):
        """Whose turn it is: the assignee, else everybody who may decide; for those who are away, their delegates.

        :return: dict review id → ``res.users`` as superuser
        """
        able = self._get_able_members()
        acting = self._get_acting_delegates(able)
        absences = self._get_absences_of_delegates(acting)
        holders = {}
        for review in self.sudo():
            people = able[review.id]
            if assignee := review._get_assignee() & people:
                people = assignee
            away = people.browse(person.id for person in acting[review.id]) & people
            holders[review.id] = (people - away).union(*(
                review._filter_there(acting[review.id][person], absences) or acting[review.id][person]
                for person in away))
        return holders

    # -- decision and its record ------------------------------------------------------------------

    def _action_decide(self, state, comment):
        # Whoever decides does not wait for the answer any more.
        self.sudo()._get_open_questions()._close()
        self._keep_principals()
        return super()._action_decide(state, comment)

    def _keep_principals(self):
        """Put on record on whose behalf the present person decides, where that is a delegate."""
        for principal, reviews in self.sudo().grouped(lambda review: review._get_principal()).items():
            if principal and principal != self.env.user:
                reviews._write_guarded({'delegated_for_id': principal.id})

    def _get_decision_text(self):
        text = super()._get_decision_text()
        if self.delegated_for_id:
            return self.env._(
                "%(decision)s (%(delegate)s on behalf of %(person)s)",
                decision=text, delegate=self.decided_by_id.name, person=self.delegated_for_id.name)
        return text

    def _describe_decider(self):
        # And on whose behalf.
        if not self.delegated_for_id:
            return super()._describe_decider()
        return self.env._(
            "%(delegate)s on behalf of %(person)s", delegate=self.decided_by_id.name, person=self.delegated_for_id.name)

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'delegated_for_id', 'revoked_at', 'revoked_by_id', 'revocation_reason']
