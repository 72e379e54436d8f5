"""Real PDFs, as few as possible: they are printed by another program."""
import base64
import time

from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestPrinting(ArchiveCommon, HttpCase):

    def test_pdf(self):
        order = self._new_settled()
        archive = self._prepare(order)
        self.env.flush_all()
        with self.allow_pdf_render(), mute_logger('odoo.addons.base.models.ir_actions_report'):
            begin = time.monotonic()
            archive.with_user(self.user_archivist).with_context(force_report_rendering=True).action_seal()
            spent = time.monotonic() - begin
        printed = archive.document_ids.filtered(lambda document: document.kind != 'facts')
        self.assertEqual(len(printed), 4)
        for document in printed:
            self.assertEqual(document.mimetype, 'application/pdf')
            self.assertTrue(document.name.endswith('.pdf'))
            self.assertTrue(base64.b64decode(document.sudo().file).startswith(b'%PDF'))
        self.assertEqual(self._verify(archive), [])
        # Odoo's own pause would have been four seconds.
        self.assertLess(spent, 60)


@tagged('post_install', '-at_install')
class TestPause(TransactionCase):

    def test_pause(self):
        Report = self.env['ir.actions.report']

        def get_delay(report):
            arguments = report._build_wkhtmltopdf_args(self.env['report.paperformat'], False)
            return arguments[arguments.index('--javascript-delay') + 1]

        self.assertEqual(get_delay(Report), '1000')
        self.assertEqual(get_delay(Report._print_at_once()), '0')
        # Whoever has set a pause needs it.
        self.env['ir.config_parameter'].set_param('report.print_delay', '300')
        self.assertEqual(get_delay(Report._print_at_once()), '300')
