"""Fields that only actions write: nobody else does, over any way in. The registry says which they are."""
import base64
import json
import xmlrpc.client
from contextlib import contextmanager, suppress

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..archive.common import ArchiveCommon
from ..assessment.common import MAY, AssessmentCommon

# What XML-RPC answers where a person is refused something: a UserError, an AccessError.
REFUSED = (2, 4)
# Lists whose rows guard themselves that they belong to them.
LISTS = {('order.ticket', 'return_picking_ids'), ('order.ticket', 'visit_ids')}
# What the refusals log.
LOGGERS = ('odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
# Values that nothing has by itself.
FORGED = {
    'boolean': True, 'integer': 987, 'many2one_reference': 987, 'float': 987.5, 'monetary': 987.5,
    'char': "Forged", 'text': "Forged", 'html': "Forged", 'json': {'forged': True},
    'date': '2020-02-03', 'datetime': '2020-02-03 04:05:06', 'binary': base64.b64encode(b"Forged").decode(),
}


class GuardedCommon(AssessmentCommon, ArchiveCommon):
    """A story with a record of each guarded model, and everybody who writes or creates any of them.

    A new guarded model needs a record in :meth:`_tell_story` and, where people create it, values in
    :meth:`_prepare_vals`; its fields and its people are found.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mixin = cls.registry['order.guarded.mixin']
        cls.guarded = {
            name: sorted(cls.env[name]._get_guarded_fields()) for name, model in sorted(cls.registry.items())
            if issubclass(model, mixin) and not model._abstract and cls.env[name]._get_guarded_fields()
        }
        cls._set_up_people()
        cls.records = {}
        for record in cls._tell_story():
            record = record.sudo(False).with_env(cls.env)
            cls.records[record._name] = cls.records.get(record._name, record.browse()) | record
        cls.env.flush_all()

    @classmethod
    def _set_up_people(cls):
        """One person for each set of groups that give rights to guarded models, and one who is in all groups."""
        access = cls.env['ir.model.access'].search([
            ('model_id.model', 'in', list(cls.guarded)), '|', ('perm_write', '=', True), ('perm_create', '=', True)])
        users = cls.env['res.users'].union(*cls.users_by_login.values())
        for group in access.group_id - users.group_ids:
            users |= cls._new_user(group.full_name, ','.join(['base.group_user', *group.get_external_id().values()]))
        others = cls.env.ref('base.group_portal') | cls.env.ref('base.group_public')
        cls.user_all = cls._new_user('all', 'base.group_user')
        cls.user_all.group_ids = cls.env['res.groups'].search([]).filtered(
            lambda group: not group.all_implied_ids & others)
        users |= cls.user_all
        cls.people = cls.env['res.users'].union(*(
            alike[0] for alike in users.grouped(lambda user: user.all_group_ids & access.group_id).values()))

    # -- the story ----------------------------------------------------------------------------------

    @classmethod
    def _set_up_policy(cls):
        super()._set_up_policy()
        cls.policy.intake_rule_ids = [Command.create({
            'name': "Date", 'domain': "[('commitment_date', '!=', False)]", 'message': "Enter the date.",
            'severity': 'waivable', 'waiver_role_id': cls._role('finance').id})]
        cls.stage_finance.write({'may_set_condition': True, 'check_ids': [Command.create({'name': "Credit"})]})

    @classmethod
    def _tell_story(cls):
        """:return: list of records, each in a state in which those who work on it may write it"""
        return [
            cls.company, *cls._tell_of_policy(), *cls._tell_of_intake(), *cls._tell_of_review(),
            *cls._tell_of_fulfilment(), *cls._tell_of_inspection(), cls._tell_of_incident(),
            *cls._tell_of_aftersales(),
            *cls._tell_of_assessment(),
        ]

    @classmethod
    def _tell_of_policy(cls):
        """A draft with a rule of each kind."""
        cls.draft = cls._new_policy()
        stage = cls.draft.stage_ids[0]
        cls.plan = cls.env['order.inspection.plan'].create({'policy_id': cls.draft.id, 'name': "Plan"})
        rules = [cls.env[model].create(vals) for model, vals in cls._prepare_rule_vals().items()]
        return cls.draft, stage, cls.plan, *rules

    @classmethod
    def _prepare_rule_vals(cls, other=False):
        """
        :param other: for further rules, beside those of the draft
        :return: dict model → the least that a rule of the draft is created with
        """
        policy = {'policy_id': cls.draft.id}
        return {
            'order.archive.rule': {**policy, 'kind': 'aftersales' if other else 'production'},
            'order.channel.column': {'channel_id': cls.channel.id, 'name': "Other" if other else "Column"},
            'order.grade': {**policy, 'name': "Grade", 'score_from': 50 if other else 80},
            'order.indicator': {
                **policy, 'name': "Indicator", 'kind': 'manual', 'code': 'other' if other else 'first'},
            'order.inspection.plan.check': {'plan_id': cls.plan.id, 'name': "Check"},
            'order.intake.rule': {**policy, 'name': "Rule", 'message': "Enter it.", 'severity': 'warning'},
            'order.policy.responsibility': {**policy, 'role_id': cls._role('quality' if other else 'purchasing').id},
            'order.review.stage.check': {'stage_id': cls.draft.stage_ids[0].id, 'name': "Check"},
        }

    @classmethod
    def _tell_of_intake(cls):
        cls.quotation = cls._new_order()
        registered = cls._register(cls._new_order(commitment_date=False))
        registered.with_user(cls.user_finance).action_waive("Named later")
        upload = cls.env['order.import.upload'].with_user(cls.user_sales).create({
            'channel_id': cls.channel.id, 'filename': "orders.csv", 'file': base64.b64encode(
                b"Order No,Customer,SKU,Qty\nA-1,Blue Harbour Ltd,LAMP,2\n")})
        order_import = cls.env['order.import'].browse(upload.action_upload()['res_id'])
        return cls.quotation, cls.quotation.order_line, registered, registered.waiver_ids, order_import, \
            order_import.column_ids[:1], order_import.row_ids[:1]

    @classmethod
    def _tell_of_review(cls):
        """A review of finance that is taken, asked about and under a condition; an order that is approved."""
        order = cls._submit(cls._new_order())
        cls._get_pending_reviews(order).sudo(False).with_user(cls.user_sales).action_approve()
        cls.review = cls._get_pending_reviews(order).sudo(False).with_user(cls.user_finance)
        cls.review.action_assign_to_me()
        condition = cls.env['order.review.condition'].with_user(cls.user_finance).create({
            'review_id': cls.review.id, 'value': 30})
        cls.review.action_ask("Which discount?")
        Check = cls.env['order.export.check']
        check = Check.create(Check._prepare_check_vals(order, 'clear', "Looked up"))
        return order, cls.review, cls.review.check_ids, cls.review.question_ids, cls.review.handover_ids, condition, \
            check, cls._delegate(), cls._accept(cls._new_order())

    @classmethod
    def _delegate(cls):
        today = fields.Date.today()
        return cls.env['order.review.delegation'].with_user(cls.user_finance).create({
            'delegate_id': cls.user_employee.id, 'date_from': today, 'date_to': today})

    @classmethod
    def _tell_of_fulfilment(cls):
        """Orders that are confirmed, to settle, and settled with a dossier."""
        confirmed, fulfilled = cls._confirm(cls._new_order()), cls._fulfil(cls._new_order())
        archive = cls._prepare(cls._new_settled())
        cls._attach(archive)
        access = cls.env['order.archive.access']._create_guarded({
            'archive_id': archive.id, 'user_id': cls.user_archivist.id, 'kind': 'export',
            'accessed_at': fields.Datetime.now()})
        chain = next(iter(cls.env['order.archive.chain']._lock(cls.company).values()))
        confirmed.with_user(cls.user_sales).action_urge('logistics', "The customer waits.")
        return chain, confirmed.progress_ids, confirmed, confirmed.picking_ids, fulfilled, fulfilled.settlement_id, \
            archive, archive.document_ids[:1], access

    @classmethod
    def _tell_of_inspection(cls):
        """An inspection that is to be judged, with a check."""
        check = cls.env['order.inspection.plan.check'].create({'plan_id': cls.plan.id, 'name': "It shines"})
        inspection = cls.env['order.inspection']._create_inspections([{
            'company_id': cls.company.id, 'plan_id': cls.plan.id, 'point': 'delivery', 'quantity': 5,
            'product_id': cls.product_stock.id}])
        return inspection, inspection.check_ids.filtered(lambda row: row.plan_check_id == check)

    @classmethod
    def _tell_of_incident(cls):
        order = cls._confirm(cls._new_order())
        order.with_user(cls.user_sales).action_raise_incident('delay', "Broken", role_codes=['production'])
        return order.incident_ids

    @classmethod
    def _tell_of_aftersales(cls):
        ticket = cls.env['order.ticket'].with_user(cls.user_aftersales).create({
            'subject': "The glass is cracked", 'partner_id': cls.partner.id})
        now = fields.Datetime.now()
        former = cls.env['order.working.time']._create_guarded({
            'source': f'res.company,{cls.company.id},resource_calendar_id', 'valid_from': now, 'valid_until': now})
        return ticket, former, cls.env['order.visit'].create({'order_id': cls.quotation.id})

    @classmethod
    def _tell_of_assessment(cls):
        cls._new_fact(received_at='2026-06-10 08:00:00', commitment_date='2026-06-30 04:00:00')
        cls.assessment = cls._compute(cls._new_assessment())
        cls.sheet = cls._sheet(cls.assessment, cls.employee_finance)
        return cls.assessment, cls.sheet, cls.sheet.line_ids[:1], cls.assessment.sheet_ids.measure_ids[:1], \
            cls.employee_finance

    def _prepare_vals(self):
        """:return: dict model → the least that it is created with, for the models that people create"""
        today = fields.Date.today()
        return {
            **self._prepare_rule_vals(other=True),
            'hr.employee': {'name': "New"},
            'order.inspection.plan': {'policy_id': self.draft.id, 'name': "New"},
            'order.review.stage': {
                'policy_id': self.draft.id, 'name': "New", 'role_id': self._role('legal').id, 'sequence': 30},
            'order.assessment': {'policy_id': self.policy.id, 'date_from': MAY[0], 'date_to': MAY[1]},
            'order.measure': {'sheet_id': self.sheet.id, 'kind': 'reward'},
            'order.policy': {'name': "New"},
            'order.review.condition': {'review_id': self.review.id, 'value': 40},
            'order.review.delegation': {
                'delegate_id': self.user_employee.id, 'date_from': today, 'date_to': today},
            'order.ticket': {'subject': "New", 'partner_id': self.partner.id},
            'order.visit': {'order_id': self.quotation.id},
            'res.company': {'name': "New"},
            'sale.order': {'partner_id': self.partner.id},
            'sale.order.line': {'order_id': self.quotation.id, 'product_id': self.product_service.id},
            'stock.picking': {'picking_type_id': self.warehouse.out_type_id.id},
        }

    # -- what is tried ------------------------------------------------------------------------------

    def _forge(self, model, name, present=None):
        """A value of the type of a field.

        :param present: a record that has another value, where there is one
        """
        field = self.env[model]._fields[name]
        if field.relational:
            others = self.env[field.comodel_name].sudo().with_context(active_test=False).search(
                [('id', 'not in', present[name].ids if present else [])], limit=1, order='id desc')
            return others.id if field.type == 'many2one' else [[6, 0, others.ids]]
        if field.type == 'selection':
            return [key for key in field.get_values(self.env) if not present or key != present[name]][-1]
        if field.type == 'boolean':
            return not (present and present[name])
        self.assertIn(field.type, FORGED, f"Which value has {model}.{name}?")
        return FORGED[field.type]

    def _is_forged(self, record, name, value):
        """Whether a record has the forged value."""
        field, found = record._fields[name], record[name]
        if field.relational:
            return bool(value) and found.ids == ([value] if field.type == 'many2one' else value[0][2])
        if field.type in ('char', 'text', 'html'):
            return value in (found or '')
        return found == value or str(found) == str(value)

    def _get_forged(self):
        """:return: dict guarded model → dict guarded field → value"""
        return {model: {name: self._forge(model, name) for name in names} for model, names in self.guarded.items()}

    def _get_people(self, operation):
        """:return: dict model → the people who may do this to some record of the story, by rights and rules"""
        people = {
            model: self.people.filtered(lambda user, own=own: bool(
                own.with_user(user)._filtered_access('write') if operation == 'write'
                else own.with_user(user).browse().has_access(operation)))
            for model, own in self.records.items()
        }
        for model, users in people.items():
            rights = self.env['ir.model.access'].search_count([
                ('model_id.model', '=', model), (f'perm_{operation}', '=', True)])
            self.assertEqual(bool(users), bool(rights), f"Who of the people may {operation} {model} of the story?")
        return people

    def _assert_refused(self, error, method, *args):
        """Without a savepoint for each of the thousands: what is refused has done nothing."""
        with suppress(error):
            method(*args)
            self.fail(f"{method.__self__}.{method.__name__}{args} of {method.__self__.env.user.login} is let in")

    @contextmanager
    def _undone(self, **params):
        """One of many attempts; what it has done is taken back."""
        with self.subTest(**params), self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()

    def _keep_defaults(self, users, model, values):
        """Let people keep defaults of their own."""
        names = self.env['ir.model.fields']._get_ids(model)
        for user in users:
            self.env['ir.default'].with_user(user).create([{
                'field_id': names[name], 'user_id': user.id, 'json_value': json.dumps(value),
            } for name, value in values.items()])


@tagged('post_install', '-at_install')
class TestGuardedFields(GuardedCommon, HttpCase):

    def test_every_model_is_tried(self):
        self.assertTrue(self.guarded)
        for model, names in self.guarded.items():
            with self.subTest(model=model):
                self.assertTrue(
                    self.records.get(model), f"{model} has guarded fields: add a record of it to the story.")
                self.assertLessEqual(set(names), set(self.env[model]._fields))
        self.assertEqual(
            {model for model, users in self._get_people('create').items() if users}, set(self._prepare_vals()),
            "These are the models that people create: say with which values.")

    def test_what_people_only_read_is_guarded(self):
        """The server takes what a form shows as read-only, unless the model guards it."""
        for name, model in sorted(self.env.items()):
            names = self.guarded.get(name, ())
            if model._abstract or model._transient or not (
                    names or model._original_module == 'sale_order_lifecycle'):
                continue
            with self.subTest(model=name):
                self.assertFalse([
                    field.name for field in model._fields.values()
                    if field._module == 'sale_order_lifecycle' and field.readonly and field.store
                    and field.name not in (*MAGIC_COLUMNS, *names) and (name, field.name) not in LISTS
                    # Rows that nobody may write or create need no more.
                    and self._is_open(name)
                ])

    def _is_open(self, model):
        """:return: whether anybody may write or create rows of the model"""
        return bool(self.env['ir.model.access'].search_count([
            ('model_id.model', '=', model), '|', ('perm_write', '=', True), ('perm_create', '=', True)]))

    def test_nobody_has_access(self):
        """It is the guard that refuses, whatever rights, rules and states would."""
        portal = self._new_user('portal', 'base.group_portal')
        self.assertFalse([
            (model, name, user.login)
            for model, names in self.guarded.items() for user in (*self.people, portal)
            for record in (self.records[model][:1].with_user(user),)
            for name in names if record._has_field_access(record._fields[name], 'write')
        ])
        for model, names in self.guarded.items():
            record = self.records[model][:1].with_user(self.user_all).sudo()
            self.assertTrue(all(record._has_field_access(record._fields[name], 'write') for name in names), model)

    @mute_logger(*LOGGERS)
    def test_write(self):
        """Where a person may write the record, its model may find its state at fault before its field."""
        people = self._get_people('write')
        for model, values in self._get_forged().items():
            for user in self.people:
                records = self.records[model].with_user(user)
                with self._undone(model=model, user=user.login):
                    if user not in people[model]:
                        self._assert_refused(AccessError, records.write, values)
                        continue
                    records = records._filtered_access('write')
                    for name, value in values.items():
                        self._assert_refused(UserError, records.write, {name: value})

    @mute_logger(*LOGGERS)
    def test_create(self):
        """By a value, and by a context."""
        people = self._get_people('create')
        for model, values in self._get_forged().items():
            vals = self._prepare_vals().get(model, {})
            for user in self.people:
                records = self.env[model].with_user(user)
                with self._undone(model=model, user=user.login):
                    if user not in people[model]:
                        self._assert_refused(AccessError, records.create, {**vals, **values})
                        continue
                    for name, value in values.items():
                        by_context = records.with_context(**{f'default_{name}': value})
                        self._assert_refused(AccessError, records.create, {**vals, name: value})
                        self._assert_refused(AccessError, by_context.create, dict(vals))

    def test_default_get(self):
        """Neither a context nor a person's own default speaks for a guarded field, not as superuser either."""
        own = {model: self.env[model].with_user(self.user_all) for model in self.guarded}
        before = {model: own[model].default_get(names) for model, names in self.guarded.items()}
        for model, values in self._get_forged().items():
            names = list(values)
            self._keep_defaults(self.user_all, model, values)
            context = {f'default_{name}': value for name, value in values.items()}
            for records in (own[model], own[model].sudo()):
                with self.subTest(model=model, su=records.env.su):
                    self.assertEqual(records.default_get(names), before[model])
                    self.assertEqual(records.with_context(**context).default_get(names), before[model])

    @mute_logger(*LOGGERS)
    def test_own_default(self):
        """What a person creates has nothing of the person's defaults."""
        people, forged = self._get_people('create'), {}
        for model, vals in self._prepare_vals().items():
            with self._undone(model=model):
                present = self.env[model].with_user(self.user_all).create(vals).sudo()
                forged[model] = {name: self._forge(model, name, present) for name in self.guarded[model]}
        for model, values in forged.items():
            self._keep_defaults(people[model], model, values)
        created = set()
        for model, values in forged.items():
            for user in people[model]:
                # A rule of records may be against it.
                with self._undone(model=model, user=user.login), suppress(AccessError):
                    record = self.env[model].with_user(user).create(self._prepare_vals()[model]).sudo()
                    self.assertFalse([name for name, value in values.items() if self._is_forged(record, name, value)])
                    created.add(model)
        self.assertEqual(created, forged.keys())

    @mute_logger('odoo.http', *LOGGERS)
    def test_xmlrpc(self):
        """As a salesperson who may write the record, else as the person in all groups."""
        for user in (self.user_sales, self.user_all):
            user.password = f'{user.login}_password'
        people = self._get_people('write')
        self.env.flush_all()
        for model, values in self._get_forged().items():
            user = self.user_sales if self.user_sales in people[model] else self.user_all
            record = self.records[model].with_user(user)._filtered_access('write')[:1] or self.records[model][:1]
            for name, value in values.items():
                with self.subTest(user=user.login, model=model, field=name):
                    with self.assertRaises(xmlrpc.client.Fault) as refused:
                        self.xmlrpc_object.execute_kw(
                            self.env.cr.dbname, user.id, f'{user.login}_password', model, 'write',
                            [record.ids, {name: value}])
                    self.assertIn(refused.exception.faultCode, REFUSED)
