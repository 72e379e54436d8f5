import os

from ..common import LifecycleCommon


class ArchiveCommon(LifecycleCommon):
    """Orders that are settled, under a policy with the archive rules of the standard template."""

    @classmethod
    def _set_up_users(cls):
        super()._set_up_users()
        cls.user_archivist = cls._new_user('archivist', 'sale_order_lifecycle.group_archivist')
        cls.users_by_login['archivist'] = cls.user_archivist

    @classmethod
    def _new_policy(cls, company=None, **vals):
        vals.setdefault('archive_rule_ids', [
            (0, 0, {'kind': kind}) for kind in ('contract', 'review', 'delivery', 'settlement')])
        return super()._new_policy(company, **vals)

    @classmethod
    def _new_settled(cls, count=1, **vals):
        """Orders on their whole way to the settlement."""
        orders = cls._fulfil(cls._new_order(count=count, **vals))
        cls._pay_together(cls._invoice_each(orders))
        cls.env.flush_all()
        cls.env.invalidate_all()
        return cls._settle(orders)

    @classmethod
    def _prepare(cls, orders):
        """:return: the draft dossiers of the orders"""
        orders.with_user(cls.user_archivist).action_prepare_archive()
        return orders.archive_ids

    @classmethod
    def _seal(cls, orders):
        """:return: the sealed dossiers of the orders"""
        archives = cls._prepare(orders)
        archives.with_user(cls.user_archivist).action_seal()
        return archives

    @classmethod
    def _verify(cls, archives):
        """:return: list of pairs of code and document of all problems that are found"""
        cls.env.flush_all()
        cls.env.invalidate_all()
        return [
            (problem['code'], problem['document'])
            for result in archives.with_user(cls.user_archivist).action_verify() for problem in result['problems']]

    @classmethod
    def _get_path(cls, document):
        """:return: the path of the stored file of a document"""
        attachment = document.sudo()._get_file_attachments()[document.id]
        return attachment._full_path(attachment.store_fname)

    @classmethod
    def _flip_byte(cls, document):
        """Change the first byte of the stored file; a second time changes it back."""
        with open(cls._get_path(document), 'r+b') as stream:
            first = stream.read(1)
            stream.seek(0)
            stream.write(bytes([first[0] ^ 1]))

    @classmethod
    def _attach(cls, record, name="Note.txt", content=b"A note"):
        return cls.env['ir.attachment'].create({
            'name': name, 'raw': content, 'res_model': record._name, 'res_id': record.id})

    def _remove_file(self, document):
        path = self._get_path(document)
        os.rename(path, f'{path}.away')
        self.addCleanup(os.rename, f'{path}.away', path)
