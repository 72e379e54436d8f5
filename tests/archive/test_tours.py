from odoo.tests import HttpCase, tagged

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestArchiveTours(ArchiveCommon, HttpCase):

    def test_archive(self):
        """The archivist prepares two dossiers, seals one, verifies and exports it (articles X1, X2)."""
        product = self._new_product("Tour Advice", type='service')
        orders = self.env['sale.order']
        for name in ("Tour One", "Tour Two"):
            orders += self._new_settled(
                partner_id=self.env['res.partner'].create({'name': name, 'email': 'a@example.com', 'phone': '1'}).id,
                lines=[(product, 1)])
        self.start_tour('/odoo/orders-to-archive', 'order_archive', login=self.user_archivist.login)
        self.env.invalidate_all()
        self.assertEqual(orders.mapped('archive_state'), ['sealed', 'draft'])
        self.assertRecordValues(orders[0].archive_ids.access_ids, [{
            'user_id': self.user_archivist.id, 'kind': 'export', 'reason': "Audit of the year"}])
        self.assertTrue(orders[0].archive_ids.verified_at)
