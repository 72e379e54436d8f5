"""Two archivists seal at the same time, each in a transaction of his own (article X2)."""
import threading
import uuid
from unittest.mock import patch

from odoo import Command, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged

from ...models.archive.order_archive_sealing import OrderArchive

SUPERUSER = api.SUPERUSER_ID


@tagged('post_install', '-at_install')
class TestTwoArchivists(BaseCase):
    """Real cursors and commits, in a company of its own: a TransactionCase has one cursor only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {'no_reset_password': True, 'mail_create_nosubscribe': True})
            cls._set_up(env)
        cls.addClassCleanup(cls._tear_down)

    @classmethod
    def _set_up(cls, env):
        key = uuid.uuid4().hex[:8]
        company = env['res.company'].create({'name': f"Archivists {key}"})
        cls.company_id = company.id

        def new_user(name, group):
            return env['res.users'].create({
                'name': f"{name} {key}", 'login': f'{name}_{key}', 'company_id': company.id,
                'company_ids': [Command.set(company.ids)],
                'group_ids': [Command.set([env.ref('base.group_user').id, env.ref(group).id])]}).id

        cls.user_ids = {
            'sales': new_user('sales', 'sales_team.group_sale_salesman'),
            'finance': new_user('finance', 'sale_order_lifecycle.group_finance'),
            'first': new_user('first', 'sale_order_lifecycle.group_archivist'),
            'second': new_user('second', 'sale_order_lifecycle.group_archivist'),
        }
        policy = env['order.policy'].create({'name': f"Policy {key}", 'company_id': company.id})
        env.user.company_ids |= company
        policy.action_adopt()
        channel = env['order.channel'].search([('company_id', '=', company.id)], limit=1)
        product = env['product.product'].create({
            'name': f"Advice {key}", 'type': 'service', 'list_price': 0, 'taxes_id': False})
        orders = env['sale.order'].with_user(cls.user_ids['sales']).create([{
            'partner_id': env['res.partner'].create({'name': f"Customer {key}"}).id, 'channel_id': channel.id,
            'order_line': [Command.create({'product_id': product.id})]} for _index in range(2)])
        orders.action_submit_review()
        orders.action_confirm()
        orders.order_line.qty_delivered = 1
        env.flush_all()
        env.invalidate_all()
        orders.sudo().settlement_ids.with_user(cls.user_ids['finance']).sudo(False).action_settle("Free of charge")
        orders.with_user(cls.user_ids['first']).action_prepare_archive()
        cls.archive_ids = orders.sudo().archive_ids.ids

    @classmethod
    def _tear_down(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {})
            env['res.company'].browse(cls.company_id).order_policy_id.action_retire()
            env['res.users'].browse(cls.user_ids.values()).active = False

    def test_numbers_and_chain(self):
        barrier = threading.Barrier(2, timeout=60)
        errors, waited = [], set()
        close = OrderArchive._close

        def close_together(archives, sealed_by):
            # Both have printed before either takes the chain; who has to begin again does not wait.
            if threading.get_ident() not in waited:
                waited.add(threading.get_ident())
                barrier.wait()
            return close(archives, sealed_by)

        def seal(user, archive_id):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, self.user_ids[user], {})
                try:
                    retrying(env['order.archive'].browse(archive_id).action_seal, env)
                except Exception as error:
                    errors.append(error)

        with patch.object(OrderArchive, '_print', lambda archive, item: (b'%PDF', item['name'], 'application/pdf')), \
                patch.object(OrderArchive, '_close', close_together):
            threads = [
                threading.Thread(target=seal, args=arguments)
                for arguments in zip(('first', 'second'), self.archive_ids)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
        self.assertEqual(len(waited), 2)
        self.assertEqual(errors, [])
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER, {})
            archives = env['order.archive'].browse(self.archive_ids).sorted('name')
            self.assertEqual([name[-5:] for name in archives.mapped('name')], ['00001', '00002'])
            self.assertEqual(archives[1].previous_id, archives[0])
            self.assertEqual(archives.mapped('previous_digest'), [False, archives[0].digest])
            self.assertEqual(archives._verify(), {archive.id: [] for archive in archives})
