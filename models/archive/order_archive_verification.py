import json
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain

from . import order_seal

# How many are verified at a time: reading files.
VERIFY_CHUNK = 50


class OrderArchive(models.Model):
    _inherit = 'order.archive'

    # -- verification ---------------------------------------------------------------------------

    def _verify(self):
        """Verify sealed dossiers as superuser, with one query per model, and keep what was found.

        :return: dict archive id → list of ``Problem``
        """
        self.env.flush_all()
        self.env.invalidate_all()
        documents = self.env['order.archive.document'].search([('archive_id', 'in', self.ids)])
        files = documents._get_file_attachments()
        rows = documents.grouped('archive_id')
        before, last = self._get_predecessors()
        found = {}
        for archive in self:
            problems = order_seal.verify_dossier(archive._get_seal_values(), [
                {
                    'position': document.sequence, 'kind': document.kind, 'name': document.name,
                    'size': document.size, 'sha256': document.sha256, 'files': len(files.get(document.id, ())),
                    'found': files[document.id][:1]._hash_content() if document.id in files else None,
                }
                for document in rows.get(archive, ())])
            if not order_seal.verify_chain(archive.previous_digest or '', before.get(archive.id)):
                problems.append(order_seal.Problem('chain_broken', None, 'before'))
            if archive.id in last:
                problems.append(order_seal.Problem('chain_broken', None, 'after'))
            found[archive.id] = problems
        self._keep_verification(found)
        return found

    def _get_seal_values(self):
        """:return: dict for :func:`order_seal.verify_dossier`"""
        self.ensure_one()
        return {
            'scheme': self.scheme,
            'number': self.name,
            'version': self.version,
            'order': self._get_order_key(),
            'sealed_at': fields.Datetime.to_string(self.sealed_at),
            'previous': self.previous_digest or '',
            'digest': self.digest,
            'seal': self.seal,
            'sealed': self.state == 'sealed' and self.order_id.archive_state == 'sealed',
        }

    def _get_predecessors(self):
        """The dossiers before these, and those of these after which something is missing.

        :return: pair of a dict archive id → ``{"digest", "seal"}`` of the dossier before, and a set of ids of
            dossiers that are the last of their company and not the end of its chain
        """
        before = {
            archive.id: {'digest': archive.previous_id.digest, 'seal': archive.previous_id.seal}
            for archive in self
            if archive.previous_id.state == 'sealed' and archive.previous_id.company_id == archive.company_id}
        chains = self.env['order.archive.chain'].search([('company_id', 'in', self.company_id.ids)])
        ends = {chain.company_id: chain.last_digest for chain in chains}
        tails = self.search(
            Domain('company_id', 'in', self.company_id.ids) & Domain('digest', '!=', False)
            & Domain('next_ids', '=', False), order='sealed_at desc, id desc')
        last = set()
        for company, archives in tails.grouped('company_id').items():
            # Where the end of the chain is there, a gap before it is found by the dossier behind the gap.
            if not any(
                    ends.get(company) in (archive.digest, order_seal.get_digest(archive.seal or ''))
                    for archive in archives):
                last.add(archives[0].id)
        return before, last

    def _keep_verification(self, found):
        """Write the result on the dossiers."""
        now = fields.Datetime.now()
        for problems, archives in self.grouped(lambda archive: json.dumps(found[archive.id])).items():
            archives._write_guarded({
                'verified_at': now, 'problems': json.loads(problems) or False, 'has_problem': problems != '[]'})

    def _describe_problem(self, problem):
        """:return: one translated sentence about a problem of this dossier"""
        self.ensure_one()
        values = {'dossier': self.display_name, 'document': problem.document}
        if problem.code == 'file_changed':
            return self.env._("The file “%(document)s” of %(dossier)s is not the one that was sealed.", **values)
        if problem.code == 'file_missing':
            return self.env._("The file “%(document)s” of %(dossier)s is missing.", **values)
        if problem.code == 'file_added':
            return self.env._(
                "“%(document)s” was added to %(dossier)s after it was sealed.", **values)
        if problem.code == 'chain_broken':
            if problem.detail == 'after':
                return self.env._("A dossier that was sealed after %(dossier)s is missing.", **values)
            return self.env._(
                "%(dossier)s does not follow the dossier sealed before it: the previous one is missing or has been "
                "replaced.",
                **values)
        if problem.document:
            return self.env._(
                "The records of “%(document)s” of %(dossier)s have changed since it was sealed.", **values)
        return self.env._("The records of the dossier %(dossier)s have changed since it was sealed.", **values)

    # -- cron -----------------------------------------------------------------------------------

    @api.model
    def _cron_verify(self):
        """Verify every sealed dossier, those first that were not verified for the longest time; report what is new."""
        begin = fields.Datetime.now()
        due = self.search(Domain('state', '=', 'sealed') & (
            Domain('verified_at', '=', False) | Domain('verified_at', '<', begin - timedelta(hours=12))
        ), order='verified_at nulls first, id')
        self.env['ir.cron']._work_off(
            'order.archive._cron_verify', due, lambda archives: archives._verify_again(), size=VERIFY_CHUNK)

    def _verify_again(self):
        """Verify these dossiers, and report what has not been found before."""
        known = {archive.id: json.dumps(archive.problems or []) for archive in self}
        found = self._verify()
        self.filtered(
            lambda archive: found[archive.id] and json.dumps(found[archive.id]) != known[archive.id]
        )._notify_problems()

    def _notify_problems(self):
        """Notify archivists and managers of each company about dossiers that are not intact, in one message."""
        groups = (
            self.env.ref('sale_order_lifecycle.group_archivist') | self.env.ref('sale_order_lifecycle.group_manager'))
        for company, archives in self.grouped('company_id').items():
            users = groups.all_user_ids.filtered(
                lambda user: user.active and not user._is_superuser() and company in user.company_ids)
            messages = Markup('').join(
                Markup('<li>%s</li>') % message
                for archive in archives for message in (archive.problem_summary or '').split('\n'))
            archives[0].message_notify(
                partner_ids=users.partner_id.ids,
                subject=self.env._("The archive of %(company)s failed the verification", company=company.name),
                body=Markup('<p>%s</p><ul>%s</ul>') % (
                    self.env._("The verification has found dossiers that have changed since they were "
                               "sealed:"), messages),
            )
