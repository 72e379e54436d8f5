"""One company with something in every model of the addon, and people who may see nothing or little of it."""
from psycopg2 import IntegrityError

from odoo import fields, models
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.service.model import call_kw

from ..aftersales.common import AftersalesCommon
from ..archive.common import ArchiveCommon
from ..assessment.common import AssessmentCommon

ADDON = 'sale_order_lifecycle'
# Whatever nobody else shall be told begins so. Odoo lets every internal user read the names of all others.
SECRET = "Hidden"
# The rules of the company are known to those who sell under them.
RULES = "Hushed"


class WorldCommon(AftersalesCommon, ArchiveCommon, AssessmentCommon):
    """Names in the company begin with ``SECRET``.

    ``outsider`` works in another company, in every role, ``plain`` in none, ``other_sales`` sells other orders.
    """

    @classmethod
    def _new_policy(cls, company=None, **vals):
        vals.setdefault('archive_rule_ids', [(0, 0, {'kind': kind}) for kind in ('contract', 'review')])
        vals.setdefault('intake_rule_ids', [(0, 0, {
            'name': f"{RULES} Rule", 'message': f"{RULES} Message", 'severity': 'waivable', 'domain': '[]',
            'waiver_role_id': cls._role('sales').id})])
        return super()._new_policy(company, **vals)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_names()
        cls._set_up_orders()
        cls._set_up_others()
        cls._set_up_outsiders()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _set_up_names(cls):
        for user in cls.users_by_login.values():
            user.partner_id.name = f"Known {user.login}"
        cls.partner.write({'name': f"{SECRET} Customer", 'email': 'hidden@example.com', 'phone': '+44 20 7946 0123'})
        cls.company.name = f"{SECRET} Company"
        cls.channel.name = f"{RULES} Channel"
        cls.team.name = f"{RULES} Team"
        cls.product_stock.name = f"{SECRET} Product"
        for department in cls.departments.values():
            department.name = f"{SECRET} {department.name}"
        for employee in (cls.employee_sales, cls.employee_finance):
            employee.name = f"{SECRET} {employee.name}"
        # Names of what is in force are no rules that anybody evaluates: past the ORM, as it refuses change.
        for table in ('order_policy', 'order_review_stage', 'order_indicator', 'order_grade'):
            translated = cls.env[table.replace('_', '.')]._fields['name'].translate
            value = "jsonb_build_object('en_US', %s::varchar)" if translated else "%s"
            cls.env.cr.execute(f"UPDATE {table} SET name = {value}", [f"{RULES} {table}"])
        cls.env.invalidate_all()

    @classmethod
    def _new_named_order(cls, **vals):
        cls.order_number = getattr(cls, 'order_number', 0) + 1
        return cls._new_order(name=f"{SECRET}-{cls.order_number}", client_order_ref=f"{SECRET} Reference", **vals)

    @classmethod
    def _set_up_orders(cls):
        settled = cls._fulfil(cls._new_named_order())
        cls._pay(cls._invoice(settled))
        cls._settle(settled)
        cls.archive = cls._seal(settled)
        cls.archive.with_user(cls.user_archivist).action_export(f"{SECRET} Reason")
        confirmed = cls._confirm(cls._new_named_order())
        confirmed.with_user(cls.user_sales).action_urge('logistics', f"{SECRET} Urge")
        in_review = cls._submit(cls._new_named_order())
        cls._new_named_order()
        cls.ticket = cls._new_ticket(order_id=confirmed.id, subject=f"{SECRET} Subject")
        confirmed.with_user(cls.user_sales).action_raise_incident('delay', f"{SECRET} Description")
        cls.visit = cls.env['order.visit'].create({'order_id': confirmed.id})
        cls.delegation = cls.env['order.review.delegation'].create({
            'user_id': cls.user_finance.id, 'delegate_id': cls.user_legal.id,
            'date_from': fields.Date.today(), 'date_to': fields.Date.today()})
        cls.assessment = cls._compute(cls._new_assessment())
        cls.orders = settled + confirmed + in_review

    @classmethod
    def _set_up_others(cls):
        """A row in each model that has none yet, so that the next model is walked by itself."""
        draft = cls._new_policy(inspection_plan_ids=[(0, 0, {
            'name': f"{RULES} Plan", 'check_ids': [(0, 0, {'name': f"{RULES} Check"})]})])
        cls.preferred = {
            'order.policy': draft, 'order.review.stage': draft.stage_ids[:1],
            'order.review': cls._get_pending_reviews(cls.orders)[:1], 'sale.order': cls.orders[:1],
            'res.company': cls.company, 'res.users': cls.user_sales, 'res.partner': cls.partner,
            'order.channel': cls.channel,
        }
        empty = [model for model in cls._get_models(transient=False) if not model.search_count([], limit=1)]
        # Parents before their rows.
        for model in sorted(empty, key=lambda model: len(model._name)):
            model.create({
                name: cls._get_filling(field) for name, field in model._fields.items()
                if field.required and field.store and not field.compute and not field.related
                and name not in models.MAGIC_COLUMNS})

    @classmethod
    def _get_filling(cls, field):
        """:return: some value for a required field"""
        if field.type == 'many2one':
            model = cls.env[field.comodel_name]
            return (cls.preferred.get(field.comodel_name) or model.search([], limit=1, order='id desc')).id
        if field.type == 'selection':
            return field.get_values(cls.env)[0]
        if field.type in ('date', 'datetime'):
            return fields.Datetime.now()
        return 1 if field.type in ('integer', 'float', 'monetary') else SECRET

    @classmethod
    def _set_up_outsiders(cls):
        cls.company_away = cls._new_company("Away")
        privilege = cls.env.ref(f'{ADDON}.res_groups_privilege_lifecycle')
        groups = cls.env['res.groups'].search([('privilege_id', '=', privilege.id)])
        names = [*groups.get_external_id().values(), 'sales_team.group_sale_manager', 'stock.group_stock_user',
                 'account.group_account_invoice', 'hr.group_hr_user', 'mrp.group_mrp_user',
                 'purchase.group_purchase_user']
        names.remove(f'{ADDON}.group_intake_api')
        cls.outsider = cls._new_user('outsider', ','.join(names), company=cls.company_away)
        cls.plain = cls._new_user('plain', 'base.group_user')
        cls.other_sales = cls._new_user('other_sales', 'sales_team.group_sale_salesman')
        cls.people = cls.outsider + cls.plain + cls.other_sales

    # -- the registry -----------------------------------------------------------------------------

    @classmethod
    def _get_models(cls, transient=None):
        """:return: the models of the addon that have a table, as superuser"""
        return [
            model for name in sorted(cls.env.registry)
            if (model := cls.env[name])._original_module == ADDON and not model._abstract and model._auto
            and transient in (None, model._transient)]

    def _get_foreign(self, model, user):
        """:return: rows of a model that belong to the company and that this person may not read"""
        key = (model, user)
        if key not in self.foreign:
            rows = self.env[model].sudo().with_context(active_test=False).search([])
            self.foreign[key] = rows - rows.with_user(user).sudo(False)._filtered_access('read').sudo()
        return self.foreign[key]

    def setUp(self):
        super().setUp()
        self.foreign = {}

    def _get_answer(self, user, model, name, *args, **keywords):
        """:return: what a call tells a person, as over RPC: the result or the error, as text; it leaves nothing"""
        self.env.flush_all()
        self.env.invalidate_all()
        own = self.env(user=user.id, su=False, context={'allowed_company_ids': user.company_ids.ids})[model]
        try:
            with self.env.cr.savepoint():
                result = call_kw(own, name, list(args), keywords)
                self.env.flush_all()
                raise _Undo(f"{result!r}")
        except _Undo as undone:
            return undone.args[0]
        except (AccessError, MissingError, UserError, ValidationError, ValueError, IntegrityError) as error:
            return f"{type(error).__name__}: {error}"

    def assertTellsNothing(self, user, model, name, *args, **keywords):
        """A call tells this person nothing of what belongs to others."""
        answer = self._get_answer(user, model, name, *args, **keywords)
        self.assertNotIn(SECRET, answer)
        if user != self.other_sales:
            self.assertNotIn(RULES, answer)


class _Undo(Exception):
    """Takes back what a call has done."""
