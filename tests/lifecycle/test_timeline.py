from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..archive.common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestTimeline(ArchiveCommon):
    """What has happened to an order and what is due, from the records themselves (article K1)."""

    def _read(self, order, user=None):
        return order.with_user(user or self.user_sales).get_timeline()

    def _kinds(self, rows, *states):
        return [row['kind'] for row in rows if not states or row['state'] in states]

    def test_from_receipt_to_settlement(self):
        order = self._new_order()
        self.assertEqual(self._kinds(self._read(order), 'done'), [])
        self._register(order)
        [received] = [row for row in self._read(order) if row['kind'] == 'registered']
        self.assertEqual((received['who'], received['state']), (self.user_sales.name, 'done'))
        self._submit(order)
        rows = self._read(order)
        self.assertEqual(self._kinds(rows, 'done'), ['registered', 'submitted'])
        pending = [row for row in rows if row['kind'] == 'review']
        self.assertEqual({row['state'] for row in pending}, {'open'})
        self.assertEqual(
            {row['who'] for row in pending}, set(order.review_ids.role_id.mapped('name')))
        self._approve(order)
        order.with_user(self.user_sales).action_confirm()
        rows = self._read(order)
        decided = [row for row in rows if row['kind'] == 'review']
        self.assertEqual({row['state'] for row in decided}, {'done'})
        self.assertEqual(len(decided), len(order.review_ids))
        self.assertIn('confirmed', self._kinds(rows, 'done'))
        [transfer] = [row for row in rows if row['kind'] == 'transfer']
        self.assertEqual((transfer['name'], transfer['state']), (order.picking_ids.name, 'open'))
        self.assertTrue(transfer['may_open'])
        [transfer] = [row for row in self._read(order, self.user_legal) if row['kind'] == 'transfer']
        self.assertFalse(transfer['may_open'])
        self._deliver_next(order)
        rows = self._read(order)
        self.assertEqual([row['state'] for row in rows if row['kind'] == 'transfer'], ['done'])
        self.assertIn('fulfilled', self._kinds(rows, 'done'))
        self.assertNotIn('promised', self._kinds(rows))
        self.assertIn('settlement', self._kinds(rows, 'open'))

    def test_late(self):
        order = self._confirm(self._new_order())
        self.assertEqual(
            [row['state'] for row in self._read(order) if row['kind'] == 'transfer'], ['open'])
        order.picking_ids.sudo().scheduled_date = fields.Datetime.now() - timedelta(days=2)
        rows = self._read(order)
        self.assertEqual([row['state'] for row in rows if row['kind'] == 'transfer'], ['late'])
        # What is due comes after what has happened, whenever it was due.
        states = [row['state'] in ('open', 'late') for row in rows]
        self.assertEqual(states, sorted(states))

    def test_what_one_may_not_read(self):
        order, other = self._new_settled(count=2)
        ticket = self.env['order.ticket'].create({
            'order_id': order.id, 'partner_id': order.partner_id.id, 'subject': "Scratched", 'kind': 'inquiry'})
        told = {row['name']: row['title'] for row in self._read(order)}
        self.assertEqual(told[ticket.display_name], "Ticket to close: Inquiry")
        self.assertIn('settlement', self._kinds(self._read(order), 'done'))
        # Archivists see dossiers, and sales staff do not.
        archives = self._seal(other)
        sealed = [row for row in self._read(other, self.user_archivist) if row['kind'] == 'archive']
        self.assertEqual([row['name'] for row in sealed], archives.mapped('name'))
        self.assertNotIn('archive', self._kinds(self._read(other)))
        with self.assertRaises(AccessError):
            self._read(order, self.user_employee)
        with self.assertRaises(UserError):
            self.env['sale.order'].with_user(self.user_sales).get_timeline()

    def test_customer(self):
        order = self._fulfil(self._new_order())
        rows = order.sudo()._get_timeline(for_customer=True)[order.id]
        self.assertEqual(self._kinds(rows), ['registered', 'confirmed', 'transfer', 'fulfilled'])
        self.assertFalse([row for row in rows if row['detail'] or row['who'] or row['may_open']])
        self.assertEqual([row['title'] for row in rows if row['kind'] == 'transfer'], ["Shipped"])

    def test_customer_asks(self):
        """Who reads an order on the portal may ask over RPC, and is told what the portal tells."""
        user = new_test_user(self.env, login='test_timeline_customer', groups='base.group_portal')
        order = self._fulfil(self._new_order(partner_id=user.partner_id.id))
        rows = self._read(order, user)
        self.assertEqual(self._kinds(rows), ['registered', 'confirmed', 'transfer', 'fulfilled'])
        self.assertFalse([row for row in rows if row['detail'] or row['who'] or row['may_open']])

    def test_plain_order(self):
        order = self.env['sale.order'].create({
            'partner_id': self.partner.id, 'company_id': self._new_company().id})
        self.assertEqual(order.get_timeline(), [])

    def test_queries(self):
        """As many queries for twenty orders as for one, documents, reviews and settlements included."""
        self.assertSameQueries(
            lambda number: self._fulfil(self._new_order(count=number)).sudo(),
            lambda orders: orders._get_timeline())

    def test_who_makes_or_ships(self):
        """What departments say of an order is told to those who may read it there, whatever it is."""
        order = self._confirm(self._new_order(lines=[(self.product_stock, 5), (self.product_service, 1)]))
        order.with_user(self.user_sales).action_raise_incident('other', "Not for everybody")
        order.with_user(self.user_sales).action_urge('production', "Not for everybody")
        events = order.sudo()._get_timeline_events()[order.id]
        own = {event.record._name for event in events if event.record and event.record._name.startswith('order.')}
        self.assertLessEqual({'order.incident', 'order.progress', 'order.review'}, own)
        for user in (self.user_stock, self.user_mrp, self.user_accountant):
            with self.subTest(user=user.login):
                rows = self._read(order, user)
                for row in rows:
                    if row['model'] and row['model'].startswith('order.'):
                        self.assertTrue(row['may_open'], row)
                self.assertNotIn("Not for everybody", str(rows))
                self.assertIn('confirmed', self._kinds(rows))
        self.assertIn("Not for everybody", str(self._read(order, self.user_legal)))

    def test_of_nothing(self):
        self.assertEqual(self.env['sale.order'].browse([None]).get_timeline(), [])
