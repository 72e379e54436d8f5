import importlib.util

from odoo import Command
from odoo.tests import tagged
from odoo.tools.misc import file_path

from ...hooks import uninstall_hook
from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestArchiveHooks(ArchiveCommon):

    def test_uninstall(self):
        """Nothing of a sealed archive keeps the addon from going, and its files go with it."""
        order = self._new_settled()
        attachment = self._attach(order)
        self._seal(order)
        files = self.env['ir.attachment'].search([
            ('res_model', '=', 'order.archive.document'), ('res_field', '=', 'file')])
        self.assertTrue(files)
        uninstall_hook(self.env)
        self.assertFalse(files.exists())
        self.assertTrue(attachment.exists())

    def test_migration(self):
        """Policies from before get the rules of the standard template; those that have rules keep theirs."""
        spec = importlib.util.spec_from_file_location(
            'post_migration', file_path('sale_order_lifecycle/migrations/19.0.2.0.0/post-migration.py'))
        migration = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(migration)
        bare = self._new_policy(archive_rule_ids=[])
        own = self._new_policy(archive_rule_ids=[Command.create({'kind': 'production', 'years': 3})])
        migration.give_archive_rules(self.env)
        self.assertEqual(
            bare.archive_rule_ids.mapped('kind'),
            ['contract', 'review', 'inspection', 'delivery', 'settlement', 'aftersales'])
        self.assertEqual(own.archive_rule_ids.mapped('kind'), ['production'])
        self.assertEqual(bare.retention_years, 10)
