from odoo import fields

from ..common import LifecycleCommon


class IncidentCommon(LifecycleCommon):
    """A policy under which incidents are detected and resolved within two days, and an order that is confirmed."""

    @classmethod
    def _new_policy(cls, *args, **vals):
        return super()._new_policy(*args, **{'incident_hours': 16, 'detects_incidents': True, **vals})

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._confirm(cls._new_order())

    @classmethod
    def _raise_incident(cls, orders=None, kind='delay', user=None, roles=('production',), **kwargs):
        """:return: the incidents that a person reports on orders, in the test's own environment"""
        orders = cls.order if orders is None else orders
        before = orders.incident_ids
        orders.with_user(user or cls.user_sales).action_raise_incident(
            kind, "The machine is broken.", role_codes=list(roles), **kwargs)
        return orders.incident_ids - before

    @classmethod
    def _run_notices(cls):
        cls.env['order.incident'].search(cls.env['order.incident']._get_to_notify_domain())._notify_incidents()

    @classmethod
    def _in_days(cls, days):
        return fields.Date.add(fields.Date.today(), days=days)

    def _as(self, record, user):
        """:return: the record in the rights of a person, without anything in the cache"""
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_user(user).sudo(False)
