from odoo.tests import tagged

from ..common import USERS, LifecycleCommon


@tagged('post_install', '-at_install')
class TestReadFields(LifecycleCommon):

    def test_orders_stay_readable(self):
        """Who may read an order may read all of it that the addon has added, as ``read()`` without names does."""
        for order in (self._confirm(self._new_order()), self._new_order()):
            for login in USERS:
                own = order.with_user(self.users_by_login[login])
                if not own.has_access('read'):
                    continue
                for record in (own, own.order_line):
                    names = [
                        name for name, field in record._fields.items()
                        if field._module == 'sale_order_lifecycle' and record._has_field_access(field, 'read')
                    ]
                    with self.subTest(login=login, model=record._name):
                        self.env.invalidate_all()
                        self.assertTrue(record.read(names))
