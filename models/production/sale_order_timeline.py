from collections import defaultdict

from odoo import models

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        confirmed = self.filtered(lambda order: order.state == 'sale')
        confirmed._read_documents()
        documents = {order: order._get_documents() for order in confirmed}
        rows = self._prepare_order_rows(documents)
        for order, own in documents.items():
            events[order.id] += [
                order._prepare_document_event(document, rows[document._name, document.id]) for document in own]
        for order in self:
            if order.promised_date and order.state != 'cancel' and not order.fulfilled_at:
                events[order.id].append(TimelineEvent(
                    'promised', self.env._("Promised date"), order.promised_date,
                    order._get_due_state(order.promised_date), for_customer=True))
        return events

    def _prepare_order_rows(self, documents):
        """What documents of many orders tell, read together.

        :param documents: dict order → list of documents
        :return: dict (model, id) → dict as of ``_prepare_order_row``
        """
        ids = defaultdict(set)
        for own in documents.values():
            for document in own:
                ids[document._name].add(document.id)
        return {
            (name, document.id): document._prepare_order_row()
            for name, document_ids in ids.items() for document in self.env[name].browse(sorted(document_ids))}

    def _prepare_document_event(self, document, row):
        """:param row: what ``document._prepare_order_row`` returns
        :return: :class:`TimelineEvent` of a document that serves this order
        """
        self.ensure_one()
        if row['done']:
            moment, state = row['done'], 'done'
        elif document.state == 'cancel':
            moment, state = row['planned'] or document.write_date, 'cancelled'
        else:
            moment, state = row['planned'], self._get_due_state(row['planned'])
        is_shipped = self._is_shipment(document, state)
        return TimelineEvent(
            row['kind'], self.env._("Shipped") if is_shipped else row['kind_label'], moment, state,
            detail=' · '.join(filter(None, (row['subject'], row['quantity'], row['state_label']))),
            record=document, for_customer=is_shipped)

    def _is_shipment(self, document, state):
        """Hook: whether a document has brought something to the customer, who sees it in the timeline.

        :param state: of the :class:`TimelineEvent`
        :return: bool
        """
        return False
