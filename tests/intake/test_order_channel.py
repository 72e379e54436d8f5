from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestOrderChannel(LifecycleCommon):

    def _new_channel(self, user=None, **vals):
        return self.env['order.channel'].with_user(user or self.user_sales_manager).create({
            'name': "Market", 'code': 'market', 'kind': 'platform', **vals})

    def test_adoption_makes_channels(self):
        company = self._new_company()
        Channel = self.env['order.channel']
        self.assertFalse(Channel.search([('company_id', '=', company.id)]))
        self._adopt(self._new_policy(company))
        channels = Channel.search([('company_id', '=', company.id)])
        self.assertEqual(channels.mapped('code'), ['phone', 'email', 'web', 'platform', 'other'])
        self.assertEqual(channels.mapped('kind'), channels.mapped('code'))
        self.assertEqual(company.order_channel_id, channels[0])
        self.assertEqual(channels.filtered('is_default'), channels[0])
        # A later adoption leaves the company's own list alone.
        channels[1:].unlink()
        self._adopt(self._new_policy(company))
        self.assertEqual(Channel.search([('company_id', '=', company.id)]), channels[0])

    def test_channel_names_are_translated(self):
        for lang in ('en_US', 'fr_FR'):
            self.env['res.lang']._activate_lang(lang)
        kind = self.env['ir.model.fields.selection'].search([
            ('field_id.model', '=', 'order.channel'), ('field_id.name', '=', 'kind'), ('value', '=', 'phone')])
        kind.with_context(lang='fr_FR').name = "Téléphone"
        channel = self._get_channel(self._new_company(policy=True))
        self.assertEqual(channel.with_context(lang='fr_FR').name, "Téléphone")
        self.assertEqual(channel.with_context(lang='en_US').name, "Phone")

    def test_code_is_unique_in_the_company(self):
        self._new_channel()
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self._new_channel()
        company = self._new_company()
        self._new_channel(user=self.env.user, company_id=company.id)
        for code in (' ', ' x', 'x '):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self._new_channel(code=code)

    def test_copy(self):
        channel = self._new_channel()
        self.assertEqual((channel | channel.copy()).mapped('code'), ['market', 'market_2'])
        self.assertEqual(channel.copy().code, 'market_3')

    def test_default(self):
        channel = self._new_channel(is_default=True)
        self.assertEqual(self.company.order_channel_id, channel)
        channel.is_default = False
        self.assertFalse(self.company.order_channel_id)
        other = self._new_company(policy=True)
        with self.assertRaises(ValidationError):
            self.company.order_channel_id = self._get_channel(other)

    def test_own_default(self):
        channel = self._new_channel()
        me = self.user_sales.with_user(self.user_sales)
        me.order_channel_id = channel
        order = self._new_order(channel_id=False)
        self._register(order)
        self.assertEqual(order.channel_id, channel)
        # Another person's default is the company's.
        order = self._new_order(channel_id=False)
        self._register(order, self.user_sales_manager)
        self.assertEqual(order.channel_id, self.company.order_channel_id)
        # An archived default counts for nobody.
        channel.active = False
        order = self._new_order(channel_id=False)
        self._register(order)
        self.assertEqual(order.channel_id, self.company.order_channel_id)

    def test_no_default(self):
        self.company.order_channel_id = False
        order = self._new_order(channel_id=False)
        with self.assertRaises(UserError) as error:
            self._register(order)
        self.assertIn("Select the channel", str(error.exception))

    def test_used_channel_stays(self):
        channel = self._new_channel()
        order = self._register(self._new_order(channel_id=channel.id))
        with self.assertRaises(UserError):
            channel.unlink()
        other = self._new_company()
        with self.assertRaises(ValidationError):
            channel.with_env(self.env).company_id = other
        channel.active = False
        self.assertEqual(order.channel_id, channel)

    def test_order_count(self):
        channel = self._new_channel()
        self._register(self._new_order(3, channel_id=channel.id))
        self._new_order(channel_id=channel.id)
        self.assertEqual(channel.with_user(self.user_sales_manager).order_count, 3)
        action = channel.with_user(self.user_sales_manager).action_open_orders()
        self.assertEqual(self.env['sale.order'].search_count(action['domain']), 3)

    def test_rights(self):
        channel = self._new_channel()
        for login in ('sales', 'legal', 'finance'):
            with self.subTest(login=login):
                own = channel.with_user(self.users_by_login[login])
                self.assertEqual(own.name, "Market")
                with self.assertRaises(AccessError):
                    own.name = "Mine"
                with self.assertRaises(AccessError):
                    own.unlink()
                with self.assertRaises(AccessError):
                    self._new_channel(own.env.user, code='mine')
        with self.assertRaises(AccessError):
            channel.with_user(self.user_employee).read(['name'])
        channel.with_user(self.user_manager).name = "Bazaar"

    def test_second_company(self):
        other = self._get_channel(self._new_company(policy=True))
        for login in ('sales', 'sales_manager', 'legal'):
            with self.subTest(login=login):
                self.assertNotIn(other, other.with_user(self.users_by_login[login]).search([]))
                with self.assertRaises(AccessError):
                    other.with_user(self.users_by_login[login]).read(['name'])
        with self.assertRaises(UserError):
            self._new_order(channel_id=other.id)

    def test_refusals_are_nobodys(self):
        refusal = self.env['order.channel.refusal'].create({
            'company_id': self.company.id, 'status': 'rejected', 'received_at': '2025-01-01 00:00:00',
            'payload': {'reference': 'A'}, 'errors': [{'code': 'x', 'field': 'y', 'message': "Say y."}]})
        for login in ('sales_manager', 'manager'):
            own = refusal.with_user(self.users_by_login[login])
            self.assertEqual(own.error_summary, "Say y.")
            self.assertIn('"reference": "A"', own.payload_text)
            for attempt in (
                lambda own=own: own.write({'status': 'conflict'}),
                lambda own=own: own.unlink(),
                lambda own=own: own.create({
                    'company_id': self.company.id, 'status': 'rejected', 'received_at': '2025-01-01 00:00:00'}),
            ):
                with self.assertRaises(AccessError):
                    attempt()
        for login in ('sales', 'legal', 'employee'):
            with self.assertRaises(AccessError):
                refusal.with_user(self.users_by_login[login]).read(['payload'])
        other = refusal.create({
            'company_id': self._new_company().id, 'status': 'rejected', 'received_at': '2025-01-01 00:00:00'})
        self.assertNotIn(other, refusal.with_user(self.user_manager).search([]))

    def test_rules_of_rights(self):
        """Completeness rules are written by managers of their company only."""
        policy = self._new_policy(intake_rule_ids=[Command.create({'name': "Rule", 'message': "Do it."})])
        rule = policy.intake_rule_ids
        for login in ('sales', 'sales_manager', 'legal'):
            own = rule.with_user(self.users_by_login[login])
            self.assertEqual(own.message, "Do it.")
            with self.assertRaises(AccessError):
                own.message = "No."
        with self.assertRaises(AccessError):
            rule.with_user(self.user_employee).read(['message'])
        rule.with_user(self.user_manager).message = "Do it now."
        company = self._new_company()
        foreign = self.env['order.intake.rule'].create({
            'policy_id': self._new_policy(company).id, 'name': "Foreign", 'message': "No."})
        # The manager of the first company does not see it.
        self.user_manager.company_ids = self.company
        self.assertNotIn(foreign, rule.with_user(self.user_manager).search([]))
