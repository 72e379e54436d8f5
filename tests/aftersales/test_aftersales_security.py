"""Who may do what with tickets: one test per role over every model of the room, and the ways round."""
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged, users

from .common import AftersalesCommon

OPERATIONS = ('read', 'write', 'create', 'unlink')


@tagged('post_install', '-at_install')
class TestAftersalesSecurity(AftersalesCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._confirm(cls._new_order())
        cls.ticket = cls._new_ticket(order_id=cls.order.id)
        cls.other_user = cls._new_user('other_sales', 'sales_team.group_sale_salesman')
        cls.foreign_ticket = cls._new_ticket(
            order_id=cls._new_order(user=cls.other_user, user_id=cls.other_user.id).id)
        cls.visit, cls.foreign_visit = cls.env['order.visit'].create([
            {'order_id': ticket.order_id.id} for ticket in (cls.ticket, cls.foreign_ticket)])
        cls.portal_user = cls._new_portal_user('portal', cls.partner)
        cls.stranger = cls._new_portal_user('stranger', cls.env['res.partner'].create({'name': "Stranger"}))
        cls.company_two = cls._new_company("Second", policy=True)
        cls.tag = cls.env['order.ticket.tag'].create({'name': "Glass"})
        cls.env.flush_all()

    def _get_rights(self, record):
        record = record.with_env(self.env)
        return ''.join(operation[0] for operation in OPERATIONS if record.has_access(operation))

    def _get_all_rights(self):
        self.env.invalidate_all()
        return {
            'ticket': self._get_rights(self.ticket),
            'foreign': self._get_rights(self.foreign_ticket),
            'team': self._get_rights(self.team),
            'stage': self._get_rights(self.stage_new),
            'cause': self._get_rights(self.cause),
            'tag': self._get_rights(self.tag),
            'outcome': self._get_rights(self.env['order.ticket.outcome']),
            'return': self._get_rights(self.env['order.ticket.return']),
            'visit': self._get_rights(self.visit),
            'foreign visit': self._get_rights(self.foreign_visit),
            'result': self._get_rights(self.env['order.visit.result']),
        }

    def assertRights(self, ticket, foreign, configuration, tag, wizard, visit, foreign_visit, result):
        self.assertEqual(self._get_all_rights(), {
            'ticket': ticket, 'foreign': foreign, 'team': configuration, 'stage': configuration,
            'cause': configuration, 'tag': tag, 'outcome': wizard, 'return': wizard,
            'visit': visit, 'foreign visit': foreign_visit, 'result': result,
        })

    @users('test_aftersales')
    def test_aftersales(self):
        self.assertRights('rwc', 'rwc', 'r', 'rwc', 'rwc', 'rwc', 'rwc', 'rwc')

    @users('test_sales')
    def test_sales(self):
        self.assertRights('rc', '', 'r', 'r', '', 'r', '', 'rwc')
        ticket = self.env['order.ticket'].create({'subject': "A", 'order_id': self.order.id})
        self.assertTrue(ticket.name)
        with self.assertRaises(AccessError):
            self.env['order.ticket'].create({'subject': "A", 'order_id': self.foreign_ticket.sudo().order_id.id})

    @users('test_sales_manager')
    def test_sales_manager(self):
        self.assertRights('rc', 'rc', 'r', 'r', '', 'r', 'r', 'rwc')

    @users('test_manager')
    def test_manager(self):
        self.assertRights('r', 'r', 'rwcu', 'rwcu', '', 'r', 'r', 'rwc')

    def test_other_departments(self):
        for login in ('production', 'logistics', 'finance', 'legal', 'purchasing', 'quality'):
            with self.subTest(login=login), self.with_user(self.users_by_login[login].login):
                self.assertRights('', '', 'r', 'r', '', '', '', 'rwc')

    def test_departments_see_what_they_work_on(self):
        """A ticket that names a department as the one at fault, and what is assigned to its people."""
        self.ticket.fault_role_id = self._role('logistics')
        with self.with_user(self.user_logistics.login):
            self.assertRights('r', '', 'r', 'r', '', '', '', 'rwc')
        self.foreign_ticket.user_id = self.visit.user_id = self.user_quality
        with self.with_user(self.user_quality.login):
            self.assertRights('', 'r', 'r', 'r', '', 'r', '', 'rwc')
        self.team.member_ids |= self.user_legal
        with self.with_user(self.user_legal.login):
            self.assertRights('r', 'r', 'r', 'r', '', '', '', 'rwc')
        with self.with_user(self.user_purchasing.login):
            self.assertRights('', '', 'r', 'r', '', '', '', 'rwc')

    def test_readers_of_the_company(self):
        for login in ('archivist', 'assessor'):
            user = self._new_user(login, f'sale_order_lifecycle.group_{login}')
            with self.subTest(login=login), self.with_user(user.login):
                self.assertRights('r', 'r', 'r', 'r', '', 'r', 'r', 'rwc')

    def test_people_without_a_role(self):
        for login in ('employee', 'stock', 'mrp', 'buyer'):
            with self.subTest(login=login), self.with_user(self.users_by_login[login].login):
                self.assertRights('', '', '', '', '', '', '', '')

    def test_customers(self):
        with self.with_user(self.portal_user.login):
            self.assertRights('r', 'r', '', '', '', '', '', '')
        with self.with_user(self.stranger.login):
            self.assertRights('', '', '', '', '', '', '', '')

    def test_customers_read_no_internal_fields(self):
        self.ticket.write({'cause_id': self.cause.id, 'cause_note': "Our furnace", 'improvement': "New furnace"})
        own = self._as(self.ticket, self.portal_user)
        self.assertEqual(own.read(['subject', 'stage_id'])[0]['stage_id'][1], "New")
        self.assertFalse({'cause_id', 'cause_note', 'improvement', 'fault_role_id', 'deadline'} & set(own.read()[0]))
        for name in ('cause_id', 'cause_note', 'improvement', 'fault_role_id', 'deadline', 'is_overdue', 'team_id',
                     'tag_ids', 'activity_ids', 'message_follower_ids', 'email_cc', 'reopen_count'):
            with self.subTest(name=name), self.assertRaises(AccessError):
                own.read([name])
            with self.subTest(search=name), self.assertRaises(AccessError):
                own.search([(name, '!=', False)])

    def test_other_company(self):
        agent = self._new_user('agent_two', 'sale_order_lifecycle.group_aftersales', company=self.company_two)
        self.assertFalse(self.env['order.ticket'].with_user(agent).search([('id', '=', self.ticket.id)]))
        for method, args in (('action_close', ()), ('action_assign_to_me', ()), ('action_tell_outcome', ("A",))):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self._as(self.ticket, agent), method)(*args)
        with self.assertRaises(AccessError):
            self._as(self.team, agent).read(['name'])

    def test_no_way_over_the_order(self):
        order = self.order.with_user(self.user_sales)
        for command in (
            Command.update(self.ticket.id, {'stage_id': self.stage_closed.id}), Command.delete(self.ticket.id),
            Command.update(self.ticket.id, {'subject': "B"}), Command.unlink(self.ticket.id),
        ):
            with self.subTest(command=command), self.assertRaises(AccessError), self.cr.savepoint():
                order.write({'ticket_ids': [command]})

    def test_a_complaint_stays_one(self):
        self.ticket.kind = 'complaint'
        with self.assertRaisesRegex(Exception, "complaint"):
            self.ticket.with_user(self.user_aftersales).kind = 'inquiry'
