from collections import defaultdict
from datetime import date
from typing import NamedTuple

from odoo import api, fields, models


class ProgressFacts(NamedTuple):
    """What the records tell about the work of one department on one order."""
    percent: int
    # The day on which the last of it is planned to be done; False where no record tells it.
    date: date | bool
    # Whether something is still open although the moment planned for it has passed.
    is_overdue: bool


class SaleOrder(models.Model):
    """What the records tell about the progress of each department (article F3)."""
    _inherit = 'sale.order'

    @api.model
    def _get_progress_roles(self):
        """Which department's work each kind of progress is; later rooms add theirs, see ``_get_progress_kinds``.

        :return: dict kind of progress → code of a role
        """
        return {'purchase': 'purchasing', 'production': 'production'}

    def _get_planned_ends(self):
        """When what is open is planned to be done, to be asked as superuser; later rooms add theirs.

        :return: dict kind of progress → dict order id → list of naive UTC moments, False for one that nobody knows
        """
        ends = {'purchase': defaultdict(list), 'production': defaultdict(list)}
        for order_id, lines in self._get_purchase_lines().items():
            ends['purchase'][order_id] += [line.date_planned for line, _share in lines if not line._has_arrived()]
        for production in self._get_productions():
            if production.state not in ('done', 'cancel'):
                for order in production._get_served_orders():
                    ends['production'][order.id].append(production.date_finished)
        return ends

    def _get_progress_facts(self):
        """What the records tell of these orders, in batch.

        :return: dict order id → dict code of a role → :class:`ProgressFacts`; roles whose work no record tells of are
            missing
        """
        orders, now = self.sudo(), fields.Datetime.now()
        progress, ends = orders._get_progress(), orders._get_planned_ends()
        facts = {}
        for order in orders:
            own = facts[order.id] = {}
            for kind, code in self._get_progress_roles().items():
                percent = progress.get(order.id, {}).get(kind)
                if percent is None:
                    continue
                moments = ends[kind].get(order.id, ())
                if not moments:
                    # Nothing is open: it is done now, or nobody has planned the rest.
                    day = percent == 100 and order._get_lifecycle_today()
                else:
                    day = all(moments) and order._to_lifecycle_date(max(moments))
                own[code] = ProgressFacts(percent, day, any(moment and moment < now for moment in moments))
        return facts

    def _get_progress_risk(self, facts, last):
        """Why the records cannot answer for a department, so that it has to be asked.

        :param facts: :class:`ProgressFacts`, None where no record tells
        :param last: the ``order.progress`` that was reported last, empty if none was
        :return: a value of ``order.progress.risk``; False where the order is on schedule
        """
        self.ensure_one()
        if self.is_late:
            return 'late'
        if facts is None:
            return 'unknown'
        if facts.is_overdue:
            return 'overdue'
        if not facts.date:
            return 'unknown'
        if self.promised_date and facts.date > self.promised_date:
            return 'forecast'
        if last and facts.percent < last.percent:
            return 'percent'
        if last and facts.date > last.forecast_date:
            return 'slipped'
        return False
