from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .order_incident import OPEN_STATES

_BATCH = 100


class LateFact(NamedTuple):
    """A document that is late for an order."""
    # Model and id, as ``purchase.order,7``.
    key: str
    # The day that the document itself names; a later one is another cause.
    day: object
    # Translated sentence.
    text: str
    # Code of the role that answers for the document.
    role_code: str


class SaleOrder(models.Model):
    """What the system finds out by itself: documents that are late for a confirmed order (article K2).

    A cause is new where a document is late that no earlier incident of the kind was about, or that is later than it
    was then: what people have dealt with is not reported again. What was closed by itself is opened again.
    """
    _inherit = 'sale.order'

    # -- scheduled action -----------------------------------------------------------------------

    @api.model
    def _get_to_detect_domain(self):
        """:return: Domain of the orders of which incidents are detected"""
        return (
            Domain('state', '=', 'sale') & Domain('policy_id.detects_incidents', '=', True)
            & Domain('fulfilled_at', '=', False))

    @api.model
    def _cron_detect_incidents(self):
        """Open incidents for what is late for orders whose policy has it detected."""
        self.env['ir.cron']._work_off(
            'sale.order._cron_detect_incidents', self.search(self._get_to_detect_domain(), order='id'),
            lambda orders: orders._detect_incidents(), size=_BATCH, allow_referencing=True)

    def _detect_incidents(self):
        """Open an incident for each new cause, at most one for each order and trigger, as superuser."""
        orders = self.sudo().filtered_domain(self._get_to_detect_domain())
        causes, known = orders._get_late_facts(), orders._get_known_facts()
        new, back = [], {}
        for order in orders:
            for trigger, found in causes[order.id].items():
                if not order._is_cause_new(trigger, found, known[order.id]):
                    continue
                vals = order._prepare_detected_vals(trigger, found)
                if incident := known[order.id]['closed'].get(trigger):
                    back[incident] = vals
                else:
                    new.append(vals)
        self.env['order.incident']._raise(new)
        self.env['order.incident']._open_again(back)

    def _is_cause_new(self, trigger, found, known):
        """:param found: list of :class:`LateFact`
        :param known: value of :meth:`_get_known_facts` for this order
        :return: whether something is late that no incident is or was about"""
        self.ensure_one()
        if trigger in known['open']:
            return False
        days = known[trigger]
        return any(
            fact.key not in known['reported'] and (fact.key not in days or fact.day > days[fact.key])
            for fact in found)

    def _get_known_facts(self):
        """What incidents of these orders are and were about; as superuser.

        :return: dict order id → dict: ``open``, the set of the triggers of open incidents; ``reported``, the set of the
            documents on which people have reported what is still open; ``closed``, dict trigger → the last incident
            that was closed by itself; trigger → dict document → the latest day
        """
        known = {order.id: defaultdict(dict, open=set(), reported=set(), closed={}) for order in self}
        for incident in self.env['order.incident'].sudo().search([('order_id', 'in', self.ids)], order='id'):
            own, is_open = known[incident.order_id.id], incident.state in OPEN_STATES
            if incident._is_closed_by_itself():
                # Nobody has dealt with it: what was late then is a cause when it comes back.
                own['closed'][incident.trigger] = incident
                continue
            if incident.trigger == 'manual':
                triggers = self._get_detected_triggers()
                if is_open and incident.source_id:
                    own['reported'].add(f'{incident.source_model},{incident.source_id}')
            else:
                triggers = (incident.trigger,)
                if is_open:
                    own['open'].add(incident.trigger)
            for key, day in (incident.facts or {}).items():
                day = fields.Date.to_date(day)
                for trigger in triggers:
                    own[trigger][key] = max(own[trigger].get(key, day), day)
        return known

    def _prepare_detected_vals(self, trigger, found):
        """:param found: list of :class:`LateFact`
        :return: values of the incident that the system opens on this order"""
        self.ensure_one()
        roles = self.env['order.role'].sudo()
        for code in dict.fromkeys(fact.role_code for fact in found):
            roles |= roles._get_by_code(code).filtered('active')
        in_charge = self.policy_id.responsibility_ids.filtered(lambda row: row.role_id in roles).user_id.filtered(
            lambda user: user.active and self._is_open_to(user) and any(role._includes(user) for role in roles))
        return {
            'order_id': self.id, 'kind': 'delay', 'trigger': trigger, 'cause': trigger,
            'severity': 'high' if self.is_late else 'normal',
            'description': "\n".join(dict.fromkeys(fact.text for fact in found)), 'role_ids': roles.ids,
            'user_id': in_charge[:1].id, 'facts': self._to_stored_facts(found),
        }

    @api.model
    def _to_stored_facts(self, found):
        """:return: dict document → day, as text, that is kept with an incident"""
        facts = {}
        for fact in found:
            facts[fact.key] = max(fact.day, facts.get(fact.key, fact.day))
        return {key: fields.Date.to_string(day) for key, day in facts.items()}

    def _get_facts_of(self, document):
        """:param document: the record on which people report an incident, None where they name none
        :return: dict order id → dict document → day, as text: what is late of it for these orders; as superuser"""
        if not document:
            return {}
        key = f'{document._name},{document.id}'
        return {
            order_id: self._to_stored_facts([
                fact for found in causes.values() for fact in found if fact.key == key])
            for order_id, causes in self._get_late_facts().items()}

    # -- what is late ---------------------------------------------------------------------------

    @api.model
    def _get_detected_triggers(self):
        """:return: tuple of the triggers for which the system looks"""
        return ('forecast', 'supplier', 'production', 'delivery')

    def _get_late_facts(self):
        """What is late for these orders, one reading for all of them; as superuser. Rooms add to the result.

        :return: dict order id → dict trigger → list of :class:`LateFact`; what is on time is missing
        """
        self._read_documents()
        self.picking_ids.mapped('scheduled_date')
        bought, late = self._get_purchase_lines(), {}
        for order in self:
            order = order.with_context(lang=order.user_id.lang or order.company_id.partner_id.lang or self.env.lang)
            found = {
                'forecast': order._find_late_forecasts(),
                'supplier': order._find_late_purchases(line for line, _share in bought[order.id]),
                'production': order._find_overdue(order._get_open_productions(), 'date_finished', 'production'),
                'delivery': order._find_overdue(order._get_open_transfers(), 'scheduled_date', 'logistics'),
            }
            if not any(found.values()):
                found['forecast'] = order._find_passed_date()
            late[order.id] = {trigger: facts for trigger, facts in found.items() if facts}
        return late

    def _get_awaited_date(self):
        """:return: the day for which the customer waits: the one that was told last, else the promised one, or False"""
        self.ensure_one()
        return self.told_date or self.promised_date

    def _is_delay_noticed(self):
        """:return: whether the customer gets, or has got, this order later than promised, or knows of a later date; as
            superuser"""
        self.ensure_one()
        awaited = self._get_awaited_date()
        return (
            self.is_late
            or bool(self.told_date and self.promised_date and self.told_date > self.promised_date)
            or bool(awaited and not self.fulfilled_at and awaited < self._get_lifecycle_today()))

    def _get_open_productions(self):
        """:return: the manufacturing orders of this order that are planned and not done"""
        return self._get_productions().filtered(
            lambda production: production.state not in ('draft', 'done', 'cancel')).sorted('id')

    def _get_open_transfers(self):
        """:return: the transfers on the way to the customer of this order that are not done"""
        return self.picking_ids.filtered(
            lambda picking: picking.state not in ('draft', 'done', 'cancel')
            and picking.picking_type_id.code != 'incoming').sorted('id')

    def _find_late_forecasts(self):
        """:return: list of :class:`LateFact`: what is planned to end after the day for which the customer waits"""
        awaited, found = self._get_awaited_date(), []
        for documents, name, code in (
            (self._get_open_productions(), 'date_finished', 'production'),
            (self._get_open_transfers(), 'scheduled_date', 'logistics'),
        ):
            for document in documents:
                day = self._to_lifecycle_date(document[name])
                if awaited and day and day > awaited:
                    found.append(self._get_late_fact(document, day, code, self.env._(
                        "%(document)s is planned for %(planned)s; the customer expects the order by %(awaited)s.",
                        document=document.display_name, planned=self._format_day(day),
                        awaited=self._format_day(awaited))))
        return found + self._find_late_reports(awaited)

    def _find_late_reports(self, awaited):
        """:param awaited: the day for which the customer waits, or False
        :return: list of :class:`LateFact`: departments whose last report expects a later day"""
        last, found = {}, []
        for progress in self.progress_ids.filtered(lambda row: row.state == 'reported' and not row.is_automatic):
            last[progress.role_id] = max(progress, last.get(progress.role_id, progress), key=lambda row: (
                row.reported_at, row.id))
        for role, progress in last.items():
            if awaited and progress.forecast_date and progress.forecast_date > awaited:
                found.append(self._get_late_fact(role, progress.forecast_date, role.code, self.env._(
                    "%(role)s expects to be done on %(forecast)s; the customer expects the order by %(awaited)s.",
                    role=role.name, forecast=self._format_day(progress.forecast_date),
                    awaited=self._format_day(awaited))))
        return found

    def _find_late_purchases(self, lines):
        """:param lines: ``purchase.order.line`` for this order
        :return: list of :class:`LateFact`: what the vendor delivers after the day on which it is needed"""
        found = []
        for line in lines:
            needed = self._get_needed_date(line)
            day = self._to_lifecycle_date(line.date_planned)
            if not day or not needed or line._has_arrived():
                continue
            # What is not there today does not come earlier.
            if max(day, self._get_lifecycle_today()) > needed:
                found.append(self._get_late_fact(line.order_id, day, 'purchasing', self.env._(
                    "%(product)s of %(document)s is expected on %(planned)s; it is needed by %(needed)s.",
                    product=line.product_id.display_name or line.name, document=line.order_id.display_name,
                    planned=self._format_day(day), needed=self._format_day(needed))))
        return found

    def _get_needed_date(self, line):
        """:param line: ``purchase.order.line``
        :return: the day on which this order needs its goods: that of what they are fetched for, else the one for which
            the customer waits; False where nobody knows"""
        self.ensure_one()
        destinations = (line.move_dest_ids | line.move_ids.move_dest_ids).filtered(
            lambda move: move.state not in ('done', 'cancel')
            and self in move.sale_line_id.order_id | move.reference_ids.sale_ids)
        return min(map(self._to_lifecycle_date, destinations.mapped('date')), default=False) or (
            self._get_awaited_date())

    def _find_overdue(self, documents, name, role_code):
        """:param name: of the field with the moment for which the documents are planned
        :return: list of :class:`LateFact`: documents whose day has passed"""
        today, found = self._get_lifecycle_today(), []
        for document in documents:
            day = self._to_lifecycle_date(document[name])
            if day and day < today:
                found.append(self._get_late_fact(document, day, role_code, self.env._(
                    "%(document)s was planned for %(planned)s and is not done.", document=document.display_name,
                    planned=self._format_day(day))))
        return found

    def _find_passed_date(self):
        """:return: list of one :class:`LateFact`, where the day for which the customer waits has passed"""
        awaited = self._get_awaited_date()
        if not awaited or awaited >= self._get_lifecycle_today():
            return []
        return [self._get_late_fact(self, awaited, 'sales', self.env._(
            "The customer expected %(order)s by %(awaited)s, and it is not fulfilled.",
            order=self.name, awaited=self._format_day(awaited)))]

    @api.model
    def _get_late_fact(self, document, day, role_code, text):
        return LateFact(f'{document._name},{document.id}', day, text, role_code)

    @api.model
    def _format_day(self, day):
        return format_date(self.env, day)
