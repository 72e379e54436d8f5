"""What is said and changed on the documents of the addon stays on record; asked of every model that has a chatter."""
import base64

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.sale_order_lifecycle.models.mixins.mail_thread import SILENCING

from .world import ADDON, WorldCommon

MUTED = ('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model', 'odoo.models', 'odoo.orm.models')


@tagged('post_install', '-at_install')
class TestRecordEverywhere(WorldCommon):

    @classmethod
    def _set_up_outsiders(cls):
        super()._set_up_outsiders()
        # Who may do most with each document.
        cls.almighty = cls._new_user('almighty', ','.join((
            'base.group_system', 'sales_team.group_sale_manager', *(f'{ADDON}.group_{name}' for name in (
                'production', 'logistics', 'finance', 'legal', 'purchasing', 'quality', 'aftersales', 'archivist',
                'assessor', 'manager')))))

    def _get_threads(self):
        """:return: list of a document of each model that has a chatter"""
        threads = [
            model.search([], limit=1, order='id desc') for model in self._get_models(transient=False)
            if isinstance(model, self.env.registry['mail.thread'])]
        self.assertGreater(len(threads), 5)
        self.assertTrue(all(threads))
        return threads

    @mute_logger(*MUTED)
    def test_notes_stay(self):
        other = self.user_finance.partner_id
        for document in self._get_threads():
            note = document._message_log(body="Noted", author_id=other.id)
            comment = document.with_user(self.user_finance).sudo().message_post(body="Said", message_type='comment')
            for message in (note, comment):
                # Mail's own routes change and delete as superuser.
                for own in (message.with_user(self.almighty), message.with_user(self.almighty).sudo()):
                    for vals in (
                        {'body': "Other"}, {'author_id': self.almighty.partner_id.id}, {'date': '2020-01-01 00:00:00'},
                        {'message_type': 'comment'}, {'res_id': 1},
                    ):
                        with self.subTest(model=document._name, vals=vals), self.assertRaises(AccessError):
                            own.write(vals)
                    with self.subTest(model=document._name), self.assertRaises(AccessError):
                        own.unlink()
            self.assertTrue(note.exists() and comment.exists())
            self.assertIn("Noted", note.body)

    @mute_logger(*MUTED)
    def test_nobody_speaks_for_others(self):
        for document in self._get_threads():
            own = document.with_user(self.almighty)
            if not own.has_access('read'):
                continue
            values = {'model': document._name, 'res_id': document.id, 'body': "Fine", 'message_type': 'comment'}
            for author in (self.partner, self.user_finance.partner_id):
                with self.subTest(model=document._name, author=author.name):
                    with self.assertRaises(AccessError):
                        own.message_post(body="All is well", author_id=author.id, message_type='comment')
                    with self.assertRaises(AccessError):
                        own.message_post(body="All is well", email_from=author.email, message_type='comment')
                    with self.assertRaises(AccessError):
                        self.env['mail.message'].with_user(self.almighty).create({**values, 'author_id': author.id})
                    scheduled = self.env['mail.scheduled.message'].with_user(self.almighty).create({
                        'model': document._name, 'res_id': document.id, 'body': "Fine", 'author_id': author.id,
                        'scheduled_date': '2099-01-01 00:00:00'})
                    self.assertEqual(scheduled.author_id, self.almighty.partner_id)
            with self.subTest(model=document._name):
                with self.assertRaises(AccessError):
                    self.env['mail.message'].with_user(self.almighty).create({**values, 'date': '2020-01-01 00:00:00'})
                mine = own.message_post(body="Mine", message_type='comment')
                mine.with_user(self.almighty).body = "Mine, corrected"
                mine.with_user(self.almighty).unlink()
                self.assertFalse(mine.exists())

    @mute_logger(*MUTED)
    def test_files_of_what_was_said_stay(self):
        # Those of a sealed dossier are no more than that; the archive's tests are about them.
        documents = [thread for thread in self._get_threads() if thread._name != 'order.archive'] + [self.orders[-1]]
        for document in documents:
            theirs, own = (
                document.with_user(user).sudo().message_post(
                    body="See the file", message_type='comment', attachments=[('file.txt', b'True')]).attachment_ids
                for user in (self.user_finance, self.almighty))
            with self._in_transaction_of(self.almighty):
                for file in (theirs.with_user(self.almighty), theirs.with_user(self.almighty).sudo()):
                    for vals in (
                        {'raw': b'Forged'}, {'datas': base64.b64encode(b'Forged')}, {'name': "other.txt"},
                        {'res_id': 1}, {'res_model': 'res.partner'}, {'type': 'url', 'url': 'https://example.com'},
                    ):
                        with self.subTest(model=document._name, vals=vals), self.assertRaises(UserError):
                            file.write(vals)
                    with self.subTest(model=document._name), self.assertRaises(UserError):
                        file.unlink()
                theirs.with_user(self.almighty).sudo().write({'description': "Kept", 'access_token': 'x'})
                # Odoo moves files from one storage to another so.
                theirs.with_user(self.almighty).sudo().write({'raw': b'True', 'mimetype': 'text/plain'})
                own.with_user(self.almighty).sudo().unlink()
            self.assertEqual((theirs.exists().raw, own.exists()), (b'True', own.browse()))

    def test_goes_with_its_document(self):
        """A draft that may be deleted takes its notes with it."""
        draft = self._new_policy()
        note = draft.with_user(self.user_finance).sudo().message_post(
            body="Noted", attachments=[('file.txt', b'True')])
        file = note.attachment_ids
        draft.with_user(self.user_manager).unlink()
        self.assertFalse(note.exists() or file.exists())

    @mute_logger(*MUTED)
    def test_no_client_silences_the_record(self):
        """A change that is tracked is tracked, whatever flags a client sends."""
        tracked = {}
        for document in self._get_threads():
            names = [
                name for name in document._track_get_fields()
                if document._fields[name].type in ('char', 'selection', 'date')
                and name not in document._get_guarded_fields() and not document._fields[name].readonly]
            for name in names:
                field, before = document._fields[name], document[name]
                choices = field.get_values(self.env) if field.type == 'selection' else {
                    'date': [fields.Date.to_date('2031-03-01'), fields.Date.to_date('2031-03-02')],
                    'char': ["First", "Second"]}[field.type]
                for key in SILENCING:
                    own = document.with_user(self.almighty).sudo(False).with_context(
                        **{**dict.fromkeys(SILENCING, False), key: True})
                    count = len(document.message_ids)
                    try:
                        with self.env.cr.savepoint():
                            own[name] = next(value for value in choices if value != document[name])
                            self.env.flush_all()
                            self.env.cr.precommit.run()
                    except UserError:
                        # What is fixed does not change at all.
                        continue
                    document.invalidate_recordset()
                    with self.subTest(model=document._name, name=name, key=key):
                        self.assertNotEqual(document[name], before)
                        self.assertGreater(len(document.message_ids), count)
                    tracked.setdefault(document._name, set()).add(name)
                    before = document[name]
        self.assertIn('order.ticket', tracked)

    # -- what goes with rows of Odoo ----------------------------------------------------------------

    def test_no_row_goes_with_a_row_of_odoo(self):
        """What only actions make, and the rules of a policy, are not deleted or changed by deleting something else."""
        for model in self._get_models(transient=False):
            if not getattr(model, '_made_by_actions', False) and not hasattr(model, '_rule_parent'):
                continue
            for name, field in model._fields.items():
                if not field.store or field.related or name in models.MAGIC_COLUMNS or (
                        field.type not in ('many2one', 'many2many')):
                    continue
                comodel = self.env[field.comodel_name]
                if comodel._original_module == ADDON or comodel._name in (
                        'ir.model.fields', 'ir.attachment', 'res.company', 'sale.order'):
                    # Modules dispose of fields; a file that is not archived yet goes from its draft; of companies and
                    # orders only those without anything on record are deleted.
                    continue
                kept = ('restrict', 'set null') if field.type == 'many2one' else ('restrict',)
                with self.subTest(model=model._name, field=name):
                    self.assertIn(field.ondelete, kept)

    def test_who_is_on_record_stays(self):
        """Who has decided, settled, sealed … is archived, not deleted."""
        on_record = self.env['res.users']._get_fields_on_record()
        names = {(field.model_name, field.name) for field in on_record}
        self.assertLessEqual({
            ('order.review', 'decided_by_id'), ('sale.order', 'registered_by_id'), ('order.archive', 'sealed_by_id'),
            ('order.settlement', 'settled_by_id'), ('sale.order', 'former_salesperson_ids')}, names)
        for user in (self.user_finance, self.user_sales, self.user_archivist):
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "archive the user"):
                user.with_user(self.almighty).unlink()
        user = self._new_user('nobody', 'base.group_user')
        user.with_user(self.almighty).unlink()
        self.assertFalse(user.exists())
