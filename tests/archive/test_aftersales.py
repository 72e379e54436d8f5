"""Tickets and visits in the dossier, and what an open ticket keeps from the archive (articles X1, A1-A4)."""
import json
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestArchiveAftersales(ArchiveCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cause = cls.env.ref('sale_order_lifecycle.order_ticket_cause_delivery_damage')
        cls.order, cls.other = cls._new_settled(2, lines=[(cls.product_service, 1)])
        cls.ticket = cls._new_ticket(cause_note="The box fell")
        cls.own = cls.ticket.with_user(cls.user_aftersales)

    @classmethod
    def _new_ticket(cls, **vals):
        return cls.env['order.ticket'].with_user(cls.user_aftersales).create({
            'subject': "Broken", 'order_id': cls.order.id, 'cause_id': cls.cause.id, **vals}).with_env(cls.env)

    def _to_archive(self):
        action = self.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.sale_order_action_to_archive')
        orders = self.order + self.other
        found = self.env['sale.order'].search([*fields.Domain(self._evaluate(action['domain'])), (
            'id', 'in', orders.ids)])
        self.assertEqual(found, orders.filtered_domain(self.env['sale.order']._get_to_archive_domain()))
        return found

    def _evaluate(self, domain):
        return json.loads(domain.replace('(', '[').replace(')', ']').replace("'", '"').replace('False', 'false'))

    def test_open_ticket(self):
        self.assertEqual(self._to_archive(), self.other)
        with self.assertRaisesRegex(UserError, "open ticket"):
            self._prepare(self.order)
        self.own.action_close()
        self.assertEqual(self._to_archive(), self.order + self.other)
        archive = self._prepare(self.order)
        # A customer writes between the preparation and the seal.
        late = self._new_ticket()
        with self.assertRaisesRegex(UserError, "open ticket"):
            archive.with_user(self.user_archivist).action_seal()
        late.with_user(self.user_aftersales).action_close()
        archive.with_user(self.user_archivist).action_seal()
        self.assertEqual(archive.state, 'sealed')

    def test_documents_and_facts(self):
        self.policy.sudo().archive_rule_ids = [(0, 0, {'kind': 'aftersales'})]
        self._attach(self.ticket, name="Photo.txt")
        visit = self.env['order.visit'].create({'order_id': self.order.id})
        visit.with_user(self.user_aftersales).action_done(4, "Fine")
        self.own.action_close()
        archive, plain = self._seal(self.order), self._seal(self.other)
        documents = archive.document_ids.filtered(lambda document: document.kind == 'aftersales')
        self.assertEqual(len(documents), 2)
        self.assertTrue(any(self.ticket.name in document.name for document in documents))
        self.assertFalse(plain.document_ids.filtered(lambda document: document.kind == 'aftersales'))
        facts = archive.document_ids.filtered(lambda document: document.name == 'facts.json')
        facts = json.loads(facts.sudo()._get_file_attachments()[facts.id].raw)
        self.assertEqual([row['cause_note'] for row in facts['tickets']], ["The box fell"])
        self.assertEqual([(row['satisfaction'], row['note']) for row in facts['visits']], [(4, "Fine")])
        self.assertFalse(self._verify(archive + plain))

    def test_sealed_stays_and_new_matters_come(self):
        done, todo = self.env['order.visit'].create([{'order_id': self.order.id}] * 2)
        done.with_user(self.user_aftersales).action_done(5)
        self.own.action_close()
        self._seal(self.order)
        for record, vals in (
            (self.ticket, {'subject': "Other"}), (self.ticket, {'cause_note': False}),
            (self.ticket, {'stage_id': self.env['order.ticket.stage']._get_first().id}), (done, {'user_id': False}),
        ):
            for su in (False, True):
                with self.subTest(vals=vals, su=su), self.assertRaisesRegex(UserError, "sealed"):
                    record.with_user(self.user_aftersales).sudo(su).write(vals)
        with self.assertRaisesRegex(UserError, "sealed"):
            self.own.action_reopen()
        self.own.message_post(body="Asked once more", message_type='comment', subtype_xmlid='mail.mt_comment')
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            later = self._new_ticket()
            later.with_user(self.user_aftersales).action_close()
            later.with_user(self.user_aftersales).action_reopen()
            todo.with_user(self.user_aftersales).action_done(2, "Not good")
        self.assertTrue(todo.ticket_id)
        self.assertEqual(self.order.lifecycle_phase, 'archived')
