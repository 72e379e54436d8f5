from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

_BATCH = 200


class OrderMaterial(models.Model):
    """Purchasing is notified of each cause once: gathered, one message a person; who wants a digest gets it there."""
    _inherit = 'order.material'

    @api.model
    def _get_watched_domain(self):
        """:return: Domain of the orders of which the material is watched"""
        return (
            Domain('state', '=', 'sale') & Domain('policy_id.watches_material', '=', True)
            & Domain('fulfilled_at', '=', False))

    @api.model
    def _cron_notify_material(self):
        """Notify the departments of material that has come to be at risk."""
        orders = self.env['sale.order'].search(self._get_watched_domain(), order='id')
        self.env['ir.cron']._work_off(
            'order.material._cron_notify_material', orders, self._notify_of, size=_BATCH, allow_referencing=True)

    @api.model
    def _notify_of(self, orders):
        """Notify the departments of what has come to be at risk for these orders, and keep that they were.

        :param orders: ``sale.order``
        """
        orders = orders.sudo().filtered_domain(self._get_watched_domain())
        new, rows = self.browse(), self._find_at_risk(orders)
        own = rows.grouped('order_id')
        for order in orders:
            told, causes = order.material_told or {}, {}
            for row in own.get(order, rows.browse()):
                causes[str(row.id)] = row._get_cause()
                if row._is_news(told.get(str(row.id))):
                    new |= row
            if causes != told:
                order._write_guarded({'material_told': causes or False})
        self.env['order.notice']._send(new._get_notices())

    def _get_cause(self):
        """:return: list by which the cause of this row is known again: state and expected day"""
        self.ensure_one()
        return [self.state, self.state == 'late' and fields.Date.to_string(self.expected_date)]

    def _is_news(self, told):
        """:param told: cause that people were told of this move, None without
        :return: whether people have to be told: it is another one, or it comes later still"""
        self.ensure_one()
        if not told:
            return True
        state, day = told
        if self.state == 'late':
            # What was requested, or not procured, and is ordered now is better than before.
            return state == 'late' and str(self.expected_date) > str(day)
        return self.state == 'missing' and state != 'missing'

    def _get_notices(self, users=None):
        """:param users: ``res.users`` to notify; by default those who are notified at once
        :return: dict ``res.users`` → dict kind → ids, as ``order.notice._send`` takes it"""
        notices, members = defaultdict(lambda: defaultdict(list)), {}
        for row in self:
            key = row.company_id, row.procurement
            if key not in members:
                role = self.env['order.role'].sudo()._get_by_code('production' if key[1] == 'make' else 'purchasing')
                members[key] = role._get_members(row.company_id).filtered(
                    lambda user: user in users if users is not None else user._is_notified_of_orders_at_once())
            for user in members[key]:
                notices[user]['order.material:found'].append(row.id)
        return notices

    def _get_notice_section(self, kind):
        # What was covered meanwhile has no row any more.
        rows = self.exists().sorted(lambda row: (row.needed_date, row.id))
        return {'title': rows._get_notice_title(), 'rows': [row._get_notice_row() for row in rows]}

    def _get_notice_title(self):
        """:return: translated title of a part of a message, for one row by its product"""
        if len(self) == 1:
            return self.env._("Material at risk: %(product)s", product=self.product_id.display_name)
        return self.env._("%(count)s materials are at risk", count=len(self))

    def _get_notice_row(self):
        """:return: dict of texts about this row"""
        self.ensure_one()
        label = dict(self._fields['state']._description_selection(self.env))[self.state]
        note = self.env._(
            "%(state)s: %(quantity)s %(unit)s, needed on %(needed)s", state=label, unit=self.uom_id.name,
            quantity=formatLang(self.env, self.quantity, dp='Product Unit'),
            needed=format_date(self.env, self.needed_date))
        if self.expected_date:
            note = self.env._("%(need)s, expected on %(expected)s", need=note, expected=format_date(
                self.env, self.expected_date))
        return {
            **self.env['order.notice']._get_order_row(self.order_id),
            'name': self.product_id.display_name,
            'url': '/odoo/order-material',
            'note': note,
        }
