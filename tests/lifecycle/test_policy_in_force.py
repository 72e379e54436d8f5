"""What is in force refuses change (article P3): every model whose rows hang on a policy, on every way in."""
from xmlrpc.client import Fault

from markupsafe import Markup

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

MIXIN = 'order.policy.rule.mixin'


class InForceCommon(LifecycleCommon):
    """The standard policy, in force in the company, and a draft of the same."""

    @classmethod
    def _set_up_policy(cls):
        manager = cls.user_manager
        template = cls.env.ref('sale_order_lifecycle.policy_template_standard')
        cls.draft = template.with_user(manager).copy({'name': "Draft"}).with_env(cls.env)
        cls.policy = template.with_user(manager).copy({'name': "In Force"}).with_env(cls.env)
        for policy in cls.draft | cls.policy:
            policy.stage_ids.sorted('sequence')[0].check_ids = [Command.create({'name': "Read the contract"})]
            policy.inspection_plan_ids = [Command.create({
                'name': "Final inspection", 'point': 'delivery',
                'check_ids': [Command.create({'name': "No scratches"})],
            })]
        cls._adopt(cls.policy)
        cls.channel = cls._get_channel(cls.company)

    @classmethod
    def _get_rule_models(cls):
        mixin = cls.env.registry[MIXIN]
        return [
            name for name, model in cls.env.registry.items() if issubclass(model, mixin) and not model._abstract]

    @classmethod
    def _get_rule(cls, model, policy):
        """:return: the first rule of a model that belongs to the policy"""
        rules = cls.env[model].sudo().search([]).filtered(lambda rule: policy in rule._get_policies())
        return rules.sorted('id')[:1]

    @classmethod
    def _get_rule_fields(cls, model):
        """:return: names of the fields that a person could change and that are rules"""
        Model = cls.env[model]
        return [
            name for name, field in Model._fields.items()
            if field.store and not field.readonly and not field.related and field.type != 'one2many'
            and name not in Model._get_editable_fields()
            and name not in ('create_uid', 'create_date', 'write_uid', 'write_date', 'id')
        ]


@tagged('post_install', '-at_install')
class TestPolicyInForce(InForceCommon):

    def test_models(self):
        """Whatever points to a policy is a rule, unless it is known to be none."""
        none = {'sale.order', 'res.company', 'order.policy', 'order.policy.adopt'}
        rules = set(self._get_rule_models())
        for name, model in self.env.registry.items():
            for field in model._fields.values():
                if (
                    field.type == 'many2one' and field.store and not field.related and not model._abstract
                    and field.comodel_name in (rules | {'order.policy'}) and field.ondelete == 'cascade'
                    and not model._transient
                ):
                    self.assertIn(name, rules | none, f"{field}: let {name} inherit {MIXIN}")
        self.assertLessEqual({
            'order.policy.responsibility', 'order.intake.rule', 'order.review.stage', 'order.review.stage.check',
        }, rules)

    def test_rules(self):
        """Nobody adds, changes, moves, translates or deletes a rule, nor automation in a person's name."""
        for model in self._get_rule_models():
            mine, rule = self._get_rule(model, self.draft), self._get_rule(model, self.policy)
            self.assertTrue(mine and rule, model)
            parent = self.env[model]._rule_parent
            for su in (False, True):
                rule_as, mine_as = (r.with_user(self.user_manager).sudo(su) for r in (rule, mine))
                vals = mine_as.copy_data()[0]
                attempts = {
                    'unlink': rule_as.unlink,
                    'copy': rule_as.copy,
                    'move out': lambda r=rule_as, m=mine: r.write({parent: m[parent].id}),
                    'move in': lambda r=rule, m=mine_as: m.write({parent: r[parent].id}),
                    'create': lambda v=vals, r=rule, m=mine_as: m.create({**v, parent: r[parent].id}),
                    'create by context': lambda v=vals, r=rule, m=mine_as: m.with_context(
                        **{f'default_{parent}': r[parent].id}).create(
                            {name: value for name, value in v.items() if name != parent}),
                }
                if model in ('order.policy.responsibility', 'order.archive.rule', 'order.indicator', 'order.grade'):
                    # Each role, kind, code and score has one row: the index comes first.
                    del attempts['create by context']
                for name in self._get_rule_fields(model):
                    if name != parent:
                        attempts[name] = lambda r=rule_as, n=name: r.write({n: r[n].ids if r._fields[
                            n].type == 'many2many' else r._fields[n].convert_to_write(r[n], r)})
                    if self.env[model]._fields[name].translate:
                        attempts[f'translate {name}'] = lambda r=rule_as, n=name: r.update_field_translations(
                            n, {'en_US': "Other"} if r._fields[n].translate is True else {'en_US': {"a": "b"}})
                for name, attempt in attempts.items():
                    with self.subTest(model=model, su=su, attempt=name), self.assertRaisesRegex(
                            UserError, "is in force"), self.env.cr.savepoint():
                        attempt()
                        self.env.flush_all()

    def test_draft_stays_free(self):
        for model in self._get_rule_models():
            rule = self._get_rule(model, self.draft).with_user(self.user_manager).sudo(False)
            rule.write({name: rule._fields[name].convert_to_write(rule[name], rule)
                        for name in self._get_rule_fields(model)})
            rule.unlink()

    def test_policy(self):
        policy = self.policy.with_user(self.user_manager)
        for su in (False, True):
            own = policy.sudo(su)
            for name in ('name', 'purpose', 'scope', 'principles', 'closing', 'effective_date'):
                with self.subTest(name=name, su=su), self.assertRaisesRegex(UserError, "is in force"):
                    own.write({name: own[name]})
            for command in (
                Command.clear(), Command.set([]), Command.delete(self.policy.stage_ids[0].id),
                Command.update(self.policy.stage_ids[0].id, {'sla_hours': 1}),
                Command.link(self.draft.stage_ids[0].id),
                Command.create({'name': "More", 'role_id': self._role('legal').id}),
            ):
                with self.subTest(command=command), self.assertRaisesRegex(UserError, "is in force"), \
                        self.env.cr.savepoint():
                    own.write({'stage_ids': [command]})
            for state in ('draft', 'retired'):
                if state == 'draft' or not su:
                    with self.subTest(state=state), self.assertRaises(UserError):
                        own.write({'state': state})
            with self.assertRaisesRegex(UserError, "is in force"):
                own.update_field_translations('name', {'en_US': "Other"})
        self.assertEqual(self.policy.state, 'in_force')

    def test_retired(self):
        """Orders may still follow it, so it stays what it was."""
        self.policy.with_user(self.user_manager).action_retire()
        for model in self._get_rule_models():
            rule = self._get_rule(model, self.policy).with_user(self.user_manager).sudo(False)
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "is retired"):
                rule.unlink()
        with self.assertRaisesRegex(UserError, "is retired"):
            self.policy.with_user(self.user_manager).purpose = "<p>Other</p>"

    def test_people_may_change(self):
        """Who is asked, and which calendar is kept, is no rule."""
        department = self.env['hr.department'].create({'name': "Sales", 'company_id': self.company.id})
        policy = self.policy.with_user(self.user_manager)
        duty = policy.responsibility_ids[0]
        policy.write({
            'interpreting_department_id': department.id,
            'calendar_id': False,
            'responsibility_ids': [Command.update(duty.id, {
                'user_id': self.user_legal.id, 'department_id': department.id})],
        })
        self.assertEqual(duty.user_id, self.user_legal)
        policy.message_post(body="Everybody, please note.")

    def test_import(self):
        stage = self.policy.stage_ids[0]
        Stage = self.env['order.review.stage'].with_user(self.user_manager)
        for names, row in (
            (['.id', 'sla_hours'], [str(stage.id), '99']),
            (['policy_id/.id', 'name', 'role_id/.id'], [str(self.policy.id), "More", str(stage.role_id.id)]),
        ):
            result = Stage.load(names, [row])
            self.assertFalse(result['ids'])
            self.assertIn("is in force", result['messages'][0]['message'])

    def test_odoo_itself(self):
        """Modules and migrations work as Odoo's own user, which no person can be."""
        self.policy.stage_ids[0].sla_hours = 3
        self.assertEqual(self.policy.stage_ids[0].sla_hours, 3)


@tagged('post_install', '-at_install')
class TestPolicyInForceRpc(InForceCommon, HttpCase):

    @mute_logger('odoo.http')
    def test_manager(self):
        """What a manager tries from an own script."""
        password = self.user_manager.password = 'test_manager_password'
        stage, rule = self.policy.stage_ids[0], self.policy.intake_rule_ids[0]
        check, duty = self.policy.stage_ids.check_ids, self.policy.responsibility_ids[0]
        before = (stage | self.draft.stage_ids[0]).read(['policy_id', 'sla_hours', 'domain', 'active'])
        for model, method, *args in (
            ('order.policy', 'write', self.policy.ids, {'purpose': "<p>Other</p>"}),
            ('order.policy', 'write', self.policy.ids, {'effective_date': '2020-01-01'}),
            ('order.policy', 'write', self.policy.ids, {'state': 'draft'}),
            ('order.policy', 'write', self.policy.ids, {'stage_ids': [[5, 0, 0]]}),
            ('order.policy', 'write', self.draft.ids, {'stage_ids': [[4, stage.id]]}),
            ('order.policy', 'update_field_translations', self.policy.ids, 'name', {'en_US': "Other"}),
            ('order.policy', 'unlink', self.policy.ids),
            ('order.review.stage', 'write', stage.ids, {'sla_hours': 99}),
            ('order.review.stage', 'write', stage.ids, {'domain': "[('id', '=', 0)]"}),
            ('order.review.stage', 'action_archive', stage.ids),
            ('order.review.stage', 'write', self.draft.stage_ids[0].ids, {'policy_id': self.policy.id}),
            ('order.review.stage', 'unlink', stage.ids),
            ('order.review.stage', 'copy', stage.ids),
            ('order.review.stage.check', 'write', check.ids, {'required': False}),
            ('order.review.stage.check', 'unlink', check.ids),
            ('order.review.stage.check', 'create', [{'stage_id': stage.id, 'name': "More"}]),
            ('order.intake.rule', 'write', rule.ids, {'severity': 'warning'}),
            ('order.intake.rule', 'web_save', rule.ids, {'active': False}, {}),
            ('order.intake.rule', 'update_field_translations', rule.ids, 'message', {'en_US': "Other"}),
            ('order.policy.responsibility', 'write', duty.ids, {'duties': "<p>None</p>"}),
            ('order.policy.responsibility', 'unlink', duty.ids),
        ):
            with self.subTest(model=model, method=method, args=args), self.assertRaises(Fault) as fault:
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, self.user_manager.id, password, model, method, args)
        self.env.invalidate_all()
        self.assertEqual(before, (stage | self.draft.stage_ids[0]).read(['policy_id', 'sla_hours', 'domain', 'active']))
        self.assertIn("is in force", fault.exception.faultString)
        self.assertTrue(self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, self.user_manager.id, password, 'order.policy.responsibility', 'write',
            [duty.ids, {'user_id': self.user_legal.id}]))
        self.assertEqual(self.policy.effective_date, fields.Date.to_date(self.company._get_local_date()))


@tagged('post_install', '-at_install')
class TestVersionChanges(InForceCommon):

    def test_changes(self):
        """The draft of the next version tells what is new, gone and changed, in words."""
        action = self.policy.with_user(self.user_manager).action_new_version()
        draft = self.env['order.policy'].browse(action['res_id']).with_user(self.user_manager)
        self.assertIn("are the same", draft.version_changes)
        stages = draft.stage_ids.grouped('name')
        stages["Finance review"].write({'sla_hours': 4, 'domain': "[('company_amount_untaxed', '>=', 2000)]"})
        stages["Legal review"].unlink()
        draft.stage_ids = [Command.create({'name': "Quality review", 'role_id': self._role('quality').id})]
        draft.stage_ids.check_ids[0].required = False
        draft.intake_rule_ids[0].severity = 'warning'
        draft.responsibility_ids[0].duties += Markup("<p>Calls the customer.</p>")
        draft.responsibility_ids[1].user_id = self.user_production
        draft.purpose = "<p>Another purpose.</p>"
        self.env.invalidate_all()
        changes = draft.version_changes
        for text in (
            "Time Allowed: <del>8 h</del> → <ins>4 h</ins>", "is at least $", "2,000.00",
            "Removed: <del>Legal review</del>", "New: <ins>Quality review</ins>", "Read the contract",
            "<del>Blocks</del> → <ins>Warns</ins>", "<ins>Calls the customer.</ins>", "<ins>Another purpose.</ins>",
        ):
            with self.subTest(text=text):
                self.assertIn(text, changes)
        for text in ("Production plan", "In Charge", "Registers every order", "Last Updated"):
            with self.subTest(text=text):
                self.assertNotIn(text, changes)

    def test_conditions_in_words(self):
        """What the templates ask for can be read by everybody."""
        text = self.policy._get_rule_text()
        finance = self.policy.stage_ids.filtered(lambda stage: stage.name == "Finance review")
        words = text.get_condition('sale.order', finance.domain)
        self.assertRegex(words, r"^Untaxed Amount in Company Currency is at least .*10,000.00.* or Is New Customer: yes"
                                r" or Customer Has Overdue Invoice: yes$")
        for domain, expected in (
            ("[]", ""), (False, ""), ("[(1, '=', 1)]", "always"),
            ("[('payment_term_id', '!=', False)]", "Payment Terms is filled in"),
            ("[('partner_id.phone', '=', False), ('state', 'in', ['draft', 'sent'])]",
             "Customer › Phone is empty and Status is one of: Quotation and Quotation Sent"),
            ("['|', ('state', '=', 'draft'), '&', ('amount_total', '>', 5), ('partner_id', '=', %d)]" % self.partner.id,
             "Status is Quotation or (Total is more than %s and Customer is Blue Harbour Ltd)"
             % self._format_amount(5)),
            ("['!', ('name', 'ilike', 'x')]", "not (Order Reference contains “x”)"),
            ("[('date_order', '>=', 'today -7d')]", "Order Date is at least today -7d"),
            ("[('order_line', 'any', [('display_type', '=', False), ('product_id', '!=', False)])]",
             "at least one of Order Lines with: Display Type is empty and Product is filled in"),
            ("[('no_such_field', '=', 1)]", "[('no_such_field', '=', 1)]"),
            ("uid == 1", "uid == 1"),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(text.get_condition('sale.order', domain), expected)

    def _format_amount(self, amount):
        return self.policy._get_rule_text().get_value(self.env['sale.order']._fields['amount_total'], amount)
