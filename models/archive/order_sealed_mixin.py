from odoo import api, models
from odoo.exceptions import UserError


class OrderSealedMixin(models.AbstractModel):
    """Rows that belong to an order and end with its archive: a sealed order's refuse change on every path.

    Whoever writes, superuser code included, meets the refusal; what Odoo computes again passes below it, and the
    dossier does not depend on it, since it holds files.
    """
    _name = 'order.sealed.mixin'
    _description = "Records of a Sealed Order"

    # -- what an inheriting model says ----------------------------------------------------------

    def _get_orders_of_seal(self):
        """:return: the ``sale.order`` whose seal closes these rows"""
        return self.sudo().order_id

    @api.model
    def _get_order_fields(self):
        """:return: set of the fields by which a row comes to another order"""
        return {'order_id'}

    def _get_sealed_writable_fields(self):
        """Fields of a sealed order's rows that stay writable.

        :return: set of field names; extend the set of ``super()``
        """
        return set()

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        # On what has become of the values: the order may come from a default.
        records._get_orders_of_seal()._check_open_for_changes()
        return records

    def write(self, vals):
        closed = not (vals.keys() <= self._get_sealed_writable_fields())
        if closed:
            self._get_orders_of_seal()._check_open_for_changes()
        result = super().write(vals)
        if closed and vals.keys() & self._get_order_fields():
            self._get_orders_of_seal()._check_open_for_changes()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sealed(self):
        self._get_orders_of_seal()._check_open_for_changes()


def get_sealed_error(order):
    """:return: the UserError for whoever would change a sealed order"""
    return UserError(order.env._(
        "%(order)s is archived and sealed, so it cannot be changed anymore. Use its chatter for notes.",
        order=order.name))
