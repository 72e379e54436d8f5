from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ArchiveCommon

OPERATIONS = ('read', 'write', 'create', 'unlink')
MODELS = (
    'order.archive', 'order.archive.document', 'order.archive.access', 'order.archive.chain', 'order.archive.rule',
    'order.archive.reason',
)
# Each login with what it may do to the models, in their order; nothing where it is not named.
RIGHTS = {
    'archivist': ('rw', 'rw', 'r', 'r', 'r', 'rwc'),
    'manager': ('r', 'r', 'r', 'r', 'rwcu', ''),
    **dict.fromkeys(
        ('production', 'logistics', 'finance', 'legal', 'purchasing', 'quality', 'aftersales', 'sales',
         'sales_manager'),
        ('', '', '', '', 'r', '')),
    **dict.fromkeys(('employee', 'stock', 'mrp', 'buyer', 'accountant'), ('',) * 6),
}


@tagged('post_install', '-at_install')
class TestArchiveSecurity(ArchiveCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._new_settled()
        cls.draft = cls._prepare(cls._new_settled())
        cls.archive = cls._seal(cls.order)
        cls.archive.with_user(cls.user_archivist).action_export("Audit")
        cls.env.flush_all()

    def test_rights(self):
        self.assertLessEqual(set(self.users_by_login) - {'intake_api'}, set(RIGHTS))
        for login, rights in RIGHTS.items():
            for model, granted in zip(MODELS, rights, strict=True):
                expected = {operation for operation in OPERATIONS if operation[0] in granted}
                with self.subTest(login=login, model=model):
                    records = self.env[model].with_user(self.users_by_login[login])
                    self.assertEqual({name for name in OPERATIONS if records.has_access(name)}, expected)

    def test_archivist(self):
        archivist = self.user_archivist
        archive = self.archive.with_user(archivist)
        self.assertEqual(archive.read(['name', 'digest', 'seal'])[0]['name'], self.archive.name)
        self.assertTrue(archive.document_ids.read(['name', 'kind', 'sha256', 'size']))
        self.assertEqual(archive.access_ids.mapped('reason'), ["Audit"])
        with self.assertRaises(AccessError):
            self.env['order.archive.access'].with_user(archivist).create({
                'archive_id': archive.id, 'user_id': archivist.id, 'kind': 'export',
                'accessed_at': '2026-01-01 00:00:00'})
        with self.assertRaises(AccessError):
            archive.access_ids.read(['ticket'])
        draft = self.draft.with_user(archivist)
        self._attach(self.draft)
        document = draft.document_ids
        document.write({'kind': 'contract', 'included': False})
        with self.assertRaises(AccessError):
            document.read(['file'])

    def test_manager(self):
        manager = self.user_manager
        archive = self.archive.with_user(manager)
        self.assertTrue(archive.read(['name', 'digest', 'state']))
        self.assertTrue(archive.document_ids.read(['name', 'sha256']))
        self.assertTrue(archive.access_ids.read(['user_id', 'reason']))
        self.assertTrue(archive.action_verify()[0]['ok'])
        with self.assertRaises(AccessError):
            archive.action_export("Curious")
        with self.assertRaises(AccessError):
            archive.document_ids[0].action_download("Curious")
        with self.assertRaises(AccessError):
            archive.read(['seal'])
        self._attach(self.draft)
        with self.assertRaises(AccessError):
            self.draft.document_ids.with_user(manager).write({'kind': 'contract'})

    def test_others(self):
        for login in set(RIGHTS) - {'archivist', 'manager'}:
            user = self.users_by_login[login]
            with self.subTest(login=login):
                with self.assertRaises(AccessError):
                    self.archive.with_user(user).read(['name'])
                with self.assertRaises(AccessError):
                    self.archive.with_user(user).action_verify()
                with self.assertRaises(AccessError):
                    self.archive.document_ids[0].with_user(user).action_download("Curious")

    def test_other_company(self):
        company = self._new_company()
        for login, group in (('archivist2', 'group_archivist'), ('manager2', 'group_manager')):
            user = self._new_user(login, f'sale_order_lifecycle.{group}', company=company)
            with self.subTest(login=login):
                for records in (self.archive, self.archive.document_ids, self.archive.access_ids):
                    self.assertFalse(records.with_user(user).search([('id', 'in', records.ids)]))
                    with self.assertRaises(AccessError):
                        records.with_user(user).read(['display_name'])
                self.assertFalse(self.env['order.archive.chain'].with_user(user).search([]))
                with self.assertRaises(AccessError):
                    self.archive.with_user(user).action_verify()

    def test_rules_of_policies(self):
        """Managers keep the rules of their companies' policies, and cannot move one elsewhere."""
        draft = self._new_policy().with_user(self.user_manager)
        draft.archive_rule_ids[0].years = 3
        company = self._new_company()
        foreign = self.env['order.policy'].create({'name': "Foreign", 'company_id': company.id})
        with self.assertRaises(AccessError):
            draft.archive_rule_ids[0].policy_id = foreign
        copied = draft.copy()
        self.assertEqual(copied.archive_rule_ids.mapped('kind'), draft.archive_rule_ids.mapped('kind'))
        self.assertEqual(copied.archive_rule_ids[0].years, 3)

    def test_standard_template(self):
        template = self.env.ref('sale_order_lifecycle.policy_template_standard')
        self.assertEqual(
            template.archive_rule_ids.filtered('required').mapped('kind'),
            ['contract', 'review', 'inspection', 'delivery', 'settlement', 'aftersales'])
        self.assertEqual(template.retention_years, 10)
