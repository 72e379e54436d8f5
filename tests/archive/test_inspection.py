from odoo.exceptions import UserError
from odoo.tests import tagged

from ..quality.common import InspectionCommon
from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestInspectionInDossier(ArchiveCommon, InspectionCommon):

    @classmethod
    def _new_policy(cls, company=None, **vals):
        return super()._new_policy(company, archive_rule_ids=[
            (0, 0, {'kind': kind}) for kind in ('contract', 'inspection')], **vals)

    def test_certificate_and_photos(self):
        """What was inspected is sealed with the order, its photos too (articles F4, X1)."""
        order = self._confirm(self._new_order(lines=[(self.lamp, 5)]))
        inspection = self._get_inspections(self.lamp)
        self._attach(inspection, "Photo.png")
        self._measure(inspection).action_pass()
        self._deliver(order.picking_ids)
        self._pay_together(self._invoice_each(order))
        self.assertIn('inspection', order._get_dossier_kinds()[order.id])
        self._settle(order)
        archive = self._seal(order)
        documents = archive.document_ids.filtered(lambda document: document.kind == 'inspection')
        self.assertEqual(len(documents), 2)
        self.assertIn("Photo.png", documents.mapped('name'))
        self.assertEqual(self._verify(archive), [])
        facts = archive._get_facts()[archive.id].decode()
        self.assertIn('"inspections"', facts)
        self.assertIn("It shines", facts)
        for attempt in (
            lambda: inspection.sudo()._write_guarded({'state': 'failed'}),
            lambda: inspection.action_fail("After all"),
        ):
            with self.assertRaises(UserError):
                attempt()
