from datetime import datetime

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from ..mixins.base import ADDON
from .timeline import ICONS


class SaleOrder(models.Model):
    """Everything that has happened to an order and is due (article K1), told by the records themselves.

    Nothing is kept for it. Each room adds its own in :meth:`_get_timeline_events`, with a constant number of queries
    for any number of orders.
    """
    _inherit = 'sale.order'

    def get_timeline(self):
        """The timeline of an order under policy, as the person who asks may know it (article K1).

        :return: list of dicts of texts ``kind``, ``icon``, ``title``, ``detail``, ``who``, ``when`` (formatted),
            ``state`` (``done``, ``open``, ``late`` or ``cancelled``) and ``name`` of the record; ``model``, ``res_id``
            (False without a record) and ``may_open``. First what has happened, then what is due; each by time.
            Customers and machines are told what the portal tells.
        :raise AccessError: for people who may not read the order
        :raise UserError: unless it is a single order
        """
        self._check_one().check_access('read')
        return self._get_timeline(for_customer=self._is_asked_from_outside()).get(self.id, [])

    @api.model
    def _is_asked_from_outside(self):
        """Hook: whether the person is nobody of the company, who is told what customers are."""
        return not self.env.user._is_internal()

    def _get_timeline(self, for_customer=False):
        """The timelines of any number of orders; rights to the orders were checked before.

        :param for_customer: only what the customer is told
        :return: dict order id → list as of :meth:`get_timeline`
        """
        # Customers do not read by which policy their order goes.
        orders = self.browse(self.sudo().filtered('policy_id').ids)
        events = orders.sudo()._get_timeline_events()
        readable = orders._get_readable_records(events)
        result = dict.fromkeys(self.ids, ())
        for order in orders:
            result[order.id] = [
                order._prepare_timeline_row(event, readable, for_customer)
                for event in sorted(events[order.id], key=order._get_timeline_key)
                if (event.moment or event.state in ('open', 'late')) and (
                    event.for_customer if for_customer else
                    not order._is_private_event(event) or (event.record._name, event.record.id) in readable)]
        return {order_id: list(rows) for order_id, rows in result.items()}

    def _get_timeline_events(self):
        """Hook: what has happened to these orders, all under policy, and what is due. Rooms add theirs to the result of
        ``super()``, in batch; to be asked as superuser.

        :return: dict order id → list of :class:`TimelineEvent`
        """
        return {order.id: [] for order in self}

    def _get_readable_records(self, events):
        """:return: set of pairs (model, id) of the records of events that the person may read"""
        ids = {}
        for own in events.values():
            for event in own:
                if event.record:
                    ids.setdefault(event.record._name, []).append(event.record.id)
        return {
            (name, record_id) for name, record_ids in ids.items()
            for record_id in self.env[name].browse(record_ids)._filtered_access('read').ids}

    @api.model
    def _is_private_event(self, event):
        """:return: whether only those who may read the record may know of an event: what departments say of an order is
            theirs, and who makes or ships it reads its documents"""
        return event.is_private or bool(
            event.record and event.record._name != 'sale.order' and event.record._original_module == ADDON)

    def _get_timeline_key(self, event):
        """:return: what the events of an order are sorted by; days count as their noon"""
        moment = event.moment
        return (
            event.state in ('open', 'late'),
            moment if isinstance(moment, datetime) else self._get_promised_datetime(moment) or datetime.max)

    def _prepare_timeline_row(self, event, readable, for_customer):
        """:return: dict as of :meth:`get_timeline`"""
        self.ensure_one()
        record, moment = event.record, event.moment
        return {
            'kind': event.kind,
            'icon': ICONS.get(event.kind, 'fa-circle-o'),
            'title': event.title,
            'detail': '' if for_customer else event.detail or '',
            'who': '' if for_customer else event.who or '',
            'when': format_datetime(self.env, moment, dt_format='short') if isinstance(moment, datetime)
            else format_date(self.env, moment) if moment else '',
            'state': 'open' if for_customer and event.state == 'late' else event.state,
            'name': record.display_name if record and record != self.sudo() else '',
            'model': record._name if record else False,
            'res_id': record.id if record else False,
            'may_open': bool(record) and not for_customer and (record._name, record.id) in readable,
        }

    def _get_due_state(self, due):
        """:param due: naive UTC datetime or date at which something that is not done yet is due
        :return: ``open`` or ``late``
        """
        self.ensure_one()
        if not due:
            return 'open'
        now = fields.Datetime.now() if isinstance(due, datetime) else self._get_lifecycle_today()
        return 'late' if due < now else 'open'
