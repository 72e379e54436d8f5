from odoo import fields

from ..review.common import PeopleCommon

# Monday; a week of five days of eight hours, 8 to 12 and 13 to 17, in UTC.
FIRST_DAY = '2026-03-09 09:00:00'


class ProgressCommon(PeopleCommon):
    """Orders of tables that are made of bought legs, under a policy that asks for their progress every 3 working days,
    to be answered within 8 hours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({'progress_interval_days': 3, 'progress_hours': 8})
        cls.table = cls._new_manufactured_product("Table", component=cls._new_product("Board"))
        cls._put_in_stock(cls.env['mrp.bom'].search([
            ('product_tmpl_id', '=', cls.table.product_tmpl_id.id)]).bom_line_ids.product_id, 100000)

    @classmethod
    def _new_in_production(cls, count=1, quantity=10, days=14, ends=5):
        """Confirmed orders of which all is still to be made.

        :param days: until the promised date
        :param ends: days until the planned end of production
        """
        now = fields.Datetime.now()
        orders = cls._confirm(cls._new_order(
            count, lines=[(cls.table, quantity)], commitment_date=fields.Datetime.add(now, days=days)))
        for order in orders:
            order.production_ids.date_finished = fields.Datetime.add(now, days=ends)
        cls.env.flush_all()
        return orders

    @classmethod
    def _open(cls, orders=None):
        """Let the scheduled action do its work, without its commits.

        :return: the requests of the orders, newest first
        """
        due = cls.env['sale.order']._find_due_for_progress()
        due._open_progress_requests()
        cls.env.flush_all()
        return (orders or due).progress_ids.sorted('id', reverse=True)
