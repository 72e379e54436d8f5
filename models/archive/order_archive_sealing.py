from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from . import order_seal

# How many dossiers are sealed between two commits: printing takes a second for a few of them.
SEAL_CHUNK = 5
# How many bytes of files are held in memory before they are stored.
STORE_BYTES = 32 << 20


class OrderArchive(models.Model):
    _inherit = 'order.archive'

    # -- who may seal ---------------------------------------------------------------------------

    def _get_seal_refusals(self):
        """Why these dossiers cannot be sealed by the person.

        :return: dict archive id → exception with one sentence; dossiers that can be sealed are missing
        """
        self._check_archivist()
        return {key: UserError(message) for key, message in self.sudo()._get_seal_obstacles().items()}

    def _get_seal_obstacles(self):
        """What keeps these dossiers from being sealed, whoever seals, as superuser.

        :return: dict archive id → one translated sentence
        """
        obstacles = {}
        open_archives = self.filtered(lambda archive: not archive._is_closed())
        of_orders = self.order_id._get_archive_obstacles()
        items = open_archives._get_items()
        for vals in open_archives._get_missing_documents():
            # Sealing takes in what has come since the dossier was prepared.
            items[vals['archive_id']].append(vals)
        missing = open_archives._get_missing_kinds(items)
        labels = self._get_kind_labels()
        for archive in self:
            if archive not in open_archives:
                obstacles[archive.id] = self.env._("%(dossier)s is already sealed.", dossier=archive.display_name)
            elif archive.order_id in of_orders:
                obstacles[archive.id] = of_orders[archive.order_id]
            elif missing[archive.id]:
                obstacles[archive.id] = self.env._(
                    "The dossier of %(order)s lacks required documents: %(kinds)s. Attach them to the dossier and "
                    "select their type.", order=archive.order_id.name,
                    kinds=format_list(self.env, [labels[kind] for kind in missing[archive.id]]))
        return obstacles

    # -- sealing --------------------------------------------------------------------------------

    def _action_queue_seal(self):
        """Queue drafts; rights and facts were asked before."""
        if not self:
            return
        self.sudo()._sync_documents()
        self.sudo()._write_guarded({
            'state': 'queued', 'queued_at': fields.Datetime.now(), 'queued_by_id': self.env.uid, 'error': False})
        self.env.ref('sale_order_lifecycle.ir_cron_seal_archives').sudo()._trigger()

    def _action_seal(self):
        """Seal as the present person; rights and facts were asked before."""
        self.sudo()._seal(dict.fromkeys(self.ids, self.env.uid))

    def _seal(self, sealed_by):
        """Collect and seal the dossiers, as superuser: all or none.

        :param sealed_by: dict archive id → id of the person
        """
        if not self:
            return
        self._sync_documents()
        self._collect_documents()
        # From here on it is short: the chain is taken when everything is printed and stored.
        self._close(sealed_by)
        self._log_seal()

    def _collect_documents(self):
        """Print and copy everything into the drafts, and hash what is stored."""
        Document = self.env['order.archive.document']
        order = list(self._get_kind_labels())
        pending, held = [], 0
        rows = []
        for neutral in self._with_neutral_context():
            items = neutral._get_items()
            facts, timelines = neutral._get_facts(), neutral._get_timeline_pages()
            neutral.document_ids.filtered(lambda document: not document.included)._unlink_guarded()
            for archive in neutral:
                own = [
                    *items[archive.id],
                    {'kind': 'facts', 'name': 'facts.json', 'content': facts[archive.id], 'record': archive.order_id},
                    {'kind': 'facts', 'name': 'timeline.html', 'content': timelines[archive.id],
                     'record': archive.order_id, 'mimetype': 'text/html'}]
                own.sort(key=lambda item: order.index(item['kind']))
                for sequence, item in enumerate(own, start=1):
                    content, name, mimetype = archive._get_content(item)
                    pending.append((archive, sequence, item, name, content, mimetype))
                    held += len(content)
                    if held > STORE_BYTES:
                        rows += self._store(pending)
                        pending, held = [], 0
        rows += self._store(pending)
        documents = Document.browse([document.id for document in rows])
        files = documents._get_file_attachments()
        for document in documents:
            digest, size = files[document.id]._hash_content()
            document._write_guarded({'sha256': digest, 'size': size})
        # The rows of attachments were there before the printed documents.
        self.invalidate_recordset(['document_ids'])

    def _store(self, pending):
        """Store contents in new rows, or in the rows of their attachments, in one batch.

        :param pending: list of tuples (archive, sequence, item, name, content, mimetype)
        :return: list of ``order.archive.document``
        """
        Document = self.env['order.archive.document']
        created = iter(Document._create_guarded([
            {
                'archive_id': archive.id, 'kind': item['kind'], 'name': name, 'sequence': sequence,
                'mimetype': mimetype,
                'source_model': item['record']._name if 'record' in item else False,
                'source_id': item['record'].id if 'record' in item else False,
            }
            for archive, sequence, item, name, _content, mimetype in pending if 'document' not in item]))
        documents = []
        for _archive, sequence, item, name, _content, mimetype in pending:
            if 'document' in item:
                item['document']._write_guarded({
                    'sequence': sequence, 'name': name, 'mimetype': mimetype, 'attachment_id': False})
                documents.append(item['document'])
            else:
                documents.append(next(created))
        # The bytes are stored as they are: no image is made smaller.
        self.env['ir.attachment'].with_user(SUPERUSER_ID).with_context(image_no_postprocess=True).create([
            {'name': name, 'raw': content, 'mimetype': mimetype, 'res_model': Document._name, 'res_field': 'file',
             'res_id': document.id, 'company_id': archive.company_id.id}
            for (archive, _sequence, _item, name, content, mimetype), document in zip(pending, documents)])
        Document.browse([document.id for document in documents]).invalidate_recordset(['file'])
        return documents

    def _with_neutral_context(self):
        """The dossiers as the superuser of their company sees them: nothing of the caller's decides what is printed.

        :return: list of ``order.archive``, those of one company each
        """
        result = []
        for company, archives in self.grouped('company_id').items():
            context = {
                'lang': company.partner_id.lang or 'en_US',
                'tz': company._get_working_time_zone().zone,
                'allowed_company_ids': company.ids,
                'report_pdf_no_attachment': True,
            }
            if self.env.context.get('force_report_rendering'):
                # Tests get no PDF otherwise.
                context['force_report_rendering'] = True
            result.append(archives.with_env(self.env(user=SUPERUSER_ID, su=True, context=context)))
        return result

    def _get_content(self, item):
        """:param item: one of :meth:`_get_items`
        :return: tuple (bytes, name of the file, mimetype)
        """
        if 'content' in item:
            return item['content'], item['name'], item.get('mimetype', 'application/json')
        if 'report' in item:
            return self._print(item)
        attachment = item['document'].attachment_id if 'document' in item else item['attachment']
        content = attachment.raw
        if not content and attachment.file_size:
            raise UserError(self.env._(
                "The file “%(name)s” of %(order)s is missing in the storage: exclude it, or attach it again.",
                name=attachment.name, order=self.order_id.name))
        return content or b'', item['name'], attachment.mimetype or 'application/octet-stream'

    def _print(self, item):
        Report = self.env['ir.actions.report']._print_at_once()
        content, kind = Report._render_qweb_pdf(item['report'], res_ids=item['record'].ids)
        name = item['name']
        if kind != 'pdf':
            # Under tests Odoo prints no PDF.
            name = name.removesuffix('.pdf') + '.html'
            content = content if isinstance(content, bytes) else content.encode()
        return content, name, 'application/pdf' if kind == 'pdf' else 'text/html'

    def _close(self, sealed_by):
        """Number, digest and state, in the order of the chain: the short step that holds the lock."""
        chains = self.env['order.archive.chain']._lock(self.company_id)
        now = fields.Datetime.now()
        for archive in self.sorted('id'):
            chain = chains[archive.company_id]
            today = archive._to_company_date(now)
            vals = {
                'name': archive._format_number(today.year, chain._take_number(today.year)),
                'scheme': order_seal.SCHEME,
                'sealed_at': now,
                'sealed_by_id': sealed_by[archive.id],
                'previous_id': chain.last_id.id,
                'previous_digest': chain.last_digest or False,
                'retention_until': archive._get_retention_until(today),
                'queued_at': False, 'error': False,
                'state': 'sealed',
            }
            vals['seal'] = archive._build_seal(vals)
            vals['digest'] = order_seal.get_digest(vals['seal'])
            archive._write_guarded(vals)
            chain._write_guarded({'last_id': archive.id, 'last_digest': vals['digest']})
        # Locked, so that core does not pass on to the order what becomes of its invoices later.
        self.order_id._write_guarded({'archive_state': 'sealed', 'locked': True})
        self.order_id._lifecycle_event('archived', archives=self)
        self.flush_recordset()

    def _build_seal(self, vals):
        """:return: text of the seal for the values that are written with it"""
        self.ensure_one()
        return order_seal.build_seal(
            number=vals['name'], version=self.version, order=self._get_order_key(),
            sealed_at=fields.Datetime.to_string(vals['sealed_at']), previous=vals['previous_digest'] or '',
            documents=self.document_ids.sorted('sequence').read(['kind', 'name', 'size', 'sha256'], load=None),
            scheme=vals['scheme'])

    def _get_order_key(self):
        self.ensure_one()
        return {'id': self.order_id.id, 'name': self.order_id.name}

    def _format_number(self, year, number):
        """The number of this dossier, in the form that its company has chosen; override for another one, in which each
        number of a year is another text."""
        return self.company_id._format_archive_number(year, number)

    def _to_company_date(self, moment):
        """:return: the date of a naive UTC datetime where the company of this dossier is"""
        self.ensure_one()
        return self.company_id._to_local_date(moment)

    def _get_retention_until(self, today):
        """:param today: date of the seal
        :return: the last day on which the dossier has to be kept, False without end
        """
        self.ensure_one()
        policy = self.order_id.policy_id
        rules = {rule.kind: rule.years for rule in policy.archive_rule_ids}
        years = [rules.get(kind) or policy.retention_years for kind in set(self.document_ids.mapped('kind'))]
        return today + relativedelta(years=max(years)) if years and all(years) else False

    def _log_seal(self):
        """A note on each order, in one batch."""
        self.order_id._message_log_batch(bodies={
            archive.order_id.id: self.env._("Archived as %(number)s.", number=archive.name) for archive in self
        }, author_id=self.env.user.partner_id.id)

    # -- cron -----------------------------------------------------------------------------------

    @api.model
    def _cron_seal_queued(self):
        """Seal what is queued, in committed chunks; one that fails keeps its error and lets the others pass."""
        queued = self.search([('state', '=', 'queued')], order='queued_at, id')
        self.env['ir.cron']._work_off(
            'order.archive._cron_seal_queued', queued, lambda archives: archives._seal_queued(), size=SEAL_CHUNK,
            on_failure=lambda archive, error: archive._keep_seal_error(error))

    def _seal_queued(self):
        """Seal dossiers of the queue for those who have queued them, as superuser."""
        queued = self.filtered(lambda archive: archive.state == 'queued')
        for message in queued._get_seal_obstacles().values():
            raise UserError(message)
        queued._seal({archive.id: archive.queued_by_id.id or self.env.uid for archive in queued})

    def _keep_seal_error(self, error):
        """Keep on record why a dossier was not sealed; it stays in the queue."""
        self._write_guarded({'error': str(error)})
