import json
import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval, time

from ..quality.order_inspection import JUDGED_STATES


class OrderArchive(models.Model):
    _inherit = 'order.archive'

    # -- what belongs to a dossier --------------------------------------------------------------

    @api.model
    def _get_attachment_domain(self, orders, archives):
        """Which attachments belong to the dossiers of these orders. Later rooms add theirs.

        :return: Domain on ``ir.attachment``
        """
        return Domain('type', '=', 'binary') & Domain.OR([
            Domain('res_model', '=', 'sale.order') & Domain('res_id', 'in', orders.ids)
            & Domain('res_field', 'in', [False, 'signature']),
            Domain('res_model', '=', 'order.settlement') & Domain('res_id', 'in', orders.settlement_ids.ids)
            & Domain('res_field', '=', False),
            Domain('res_model', '=', 'order.inspection')
            & Domain('res_id', 'in', orders._get_archive_inspections().ids) & Domain('res_field', '=', False),
            Domain('res_model', '=', 'order.ticket') & Domain('res_id', 'in', orders.ticket_ids.ids)
            & Domain('res_field', '=', False),
            Domain('res_model', '=', 'order.archive') & Domain('res_id', 'in', archives.ids)
            & Domain('res_field', '=', False),
        ])

    def _sync_documents(self):
        """Give each attachment of the orders a row in the drafts, as superuser; what was left out stays so."""
        if missing := self._get_missing_documents():
            self.env['order.archive.document']._create_guarded(missing)

    def _get_missing_documents(self):
        """:return: list of dicts of values of the rows that attachments of the orders do not have in the drafts yet, as
            superuser"""
        drafts = self.filtered(lambda archive: archive.state != 'sealed')
        if not drafts:
            return []
        orders = drafts.order_id
        known = drafts.document_ids.attachment_id
        archive_by_record = {('order.archive', archive.id): archive for archive in drafts}
        for archive in drafts:
            archive_by_record['sale.order', archive.order_id.id] = archive
            for settlement in archive.order_id.settlement_ids:
                archive_by_record['order.settlement', settlement.id] = archive
            for inspection in archive.order_id._get_archive_inspections():
                archive_by_record['order.inspection', inspection.id] = archive
            for ticket in archive.order_id.ticket_ids:
                archive_by_record['order.ticket', ticket.id] = archive
        attachments = self.env['ir.attachment'].search(
            self._get_attachment_domain(orders, drafts), order='id') - known
        return [
            self._prepare_attachment_document_vals(
                archive_by_record[attachment.res_model, attachment.res_id], attachment)
            for attachment in attachments]

    @api.model
    def _prepare_attachment_document_vals(self, archive, attachment):
        """:return: dict of values of the row of an attachment in a draft"""
        kind, name = 'other', attachment.name
        if attachment.res_field == 'signature':
            kind = 'contract'
            [neutral] = archive._with_neutral_context()
            extension = (attachment.mimetype or 'image/png').split('/')[-1]
            name = f'{neutral.env._("Signature of the customer")}.{extension}'
        elif attachment.res_model == 'order.settlement':
            kind = 'settlement'
        elif attachment.res_model == 'order.inspection':
            kind = 'inspection'
        elif attachment.res_model == 'order.ticket':
            kind = 'aftersales'
        return {
            'archive_id': archive.id,
            'kind': kind,
            'name': self._clean_file_name(name),
            'attachment_id': attachment.id,
            'mimetype': attachment.mimetype,
            'size': attachment.file_size,
            'source_model': 'ir.attachment',
            'source_id': attachment.id,
        }

    def _get_items(self):
        """What the dossiers would hold if they were sealed now, without the facts, in batch and as superuser.

        Later rooms add their items to the result of ``super()``.

        :return: dict archive id → list of dicts ``kind``, ``name``, and either ``report`` (external id) with
            ``record``, ``attachment`` with ``record``, or ``document`` (a row of an attachment)
        """
        archives = self.sudo()
        orders = archives.order_id
        productions, pickings, invoices = (
            orders._get_archive_productions(), orders._get_archive_pickings(), orders._get_archive_invoices())
        names = {}
        items = {}
        for archive in archives:
            order = archive.order_id
            own = items[archive.id] = [
                self._prepare_report_item('contract', 'sale.action_report_saleorder', order, names)]
            if order.review_round:
                own.append(self._prepare_report_item(
                    'review', 'sale_order_lifecycle.action_report_review_sheet', order, names))
            own += [
                self._prepare_report_item('production', 'mrp.action_report_production_order', production, names)
                for production in productions[order.id]]
            own += [
                self._prepare_report_item(
                    'inspection', 'sale_order_lifecycle.action_report_inspection', inspection, names)
                for inspection in order.inspection_ids.sorted('id') if inspection.state in JUDGED_STATES]
            own += [
                self._prepare_report_item('delivery', 'stock.action_report_delivery', picking, names)
                for picking in pickings[order.id]]
            own += [self._prepare_invoice_item(invoice, names) for invoice in invoices[order.id]]
            own += [
                self._prepare_report_item(
                    'aftersales', 'sale_order_lifecycle.action_report_ticket', ticket, names)
                for ticket in order.ticket_ids.sorted('id')]
            own += [
                {'kind': document.kind, 'name': document.name, 'document': document}
                for document in archive.document_ids if document.included and document.attachment_id]
        return items

    @api.model
    def _prepare_report_item(self, kind, report, record, names):
        """:param names: dict report → its expression for file names, filled as it is used"""
        if report not in names:
            report_sudo = self.env.ref(report).sudo()
            names[report] = report_sudo.print_report_name or f'{report_sudo.name!r} + " - " + object.display_name'
        name = safe_eval(names[report], {'object': record, 'time': time})
        return {'kind': kind, 'name': self._clean_file_name(name) + '.pdf', 'report': report, 'record': record}

    @api.model
    def _prepare_invoice_item(self, invoice, names):
        """The document that the customer was sent, where Odoo has kept it; else it is printed."""
        if invoice.invoice_pdf_report_id:
            return {
                'kind': 'settlement', 'name': self._clean_file_name(invoice.invoice_pdf_report_id.name),
                'attachment': invoice.invoice_pdf_report_id, 'record': invoice,
            }
        return self._prepare_report_item('settlement', 'account.account_invoices', invoice, names)

    @api.model
    def _clean_file_name(self, name):
        """:return: a name that every system takes for a file"""
        return re.sub(r'[\x00-\x1f<>:"/\\|?*]+', '_', name or '').strip(' .')[:150] or '_'

    def _get_missing_kinds(self, items):
        """Which kinds the policy requires and the dossiers lack, in batch.

        :param items: dict archive id → list of dicts with ``kind``
        :return: dict archive id → list of kinds
        """
        missing = {}
        expected = self.sudo().order_id._get_dossier_kinds()
        for archive in self.sudo():
            present = {item['kind'] for item in items[archive.id]}
            missing[archive.id] = [
                rule.kind for rule in archive.order_id.policy_id.archive_rule_ids
                if rule.required and rule.kind not in present
                and (rule.always or rule.kind in expected[archive.order_id.id])]
        return missing

    # -- facts ----------------------------------------------------------------------------------

    def _get_facts(self):
        """The file of names and values that goes into each dossier, with the names of what was left out.

        :return: dict archive id → bytes, JSON
        """
        facts = self.order_id._get_archive_facts()
        return {
            archive.id: json.dumps({
                **facts[archive.order_id.id],
                'left_out': [document.name for document in archive.document_ids if not document.included],
            }, ensure_ascii=False, indent=1, sort_keys=True).encode()
            for archive in self
        }

    def _get_timeline_pages(self):
        """The page of each dossier that tells what has happened to its order, in the neutral language of the seal.

        :return: dict archive id → bytes, HTML that reads without anything else
        """
        timelines = self.order_id._get_timeline()
        return {
            archive.id: b'<!DOCTYPE html>\n' + str(self.env['ir.qweb']._render(
                'sale_order_lifecycle.order_archive_timeline', {
                    'order': archive.order_id, 'events': timelines[archive.order_id.id],
                    'lang': (self.env.lang or 'en_US').replace('_', '-'),
                })).encode()
            for archive in self
        }
