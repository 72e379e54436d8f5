from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import ormcache

from ..mixins.base import ADDON


class MailActivity(models.Model):
    """The to-dos that the addon gives to somebody are that person's, and the sales team's.

    Core lets whoever may write an order delete, finish or take over what it is somebody else's turn to do.
    """
    _inherit = 'mail.activity'

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or operation not in ('write', 'unlink') or not self or (
                self.env['sale.order']._is_lifecycle_sales()):
            return result
        user, types = self.env.user, self._get_own_type_ids()
        forbidden = self.sudo().filtered(
            lambda row: row.activity_type_id.id in types and row.res_model == 'sale.order'
            and user not in (row.user_id, row.create_uid)).sudo(False)
        if not forbidden:
            return result
        return (forbidden | result[0] if result else forbidden), lambda: AccessError(self.env._(
            "This activity is assigned to another user. Ask that user or a member of the sales team to complete it."))

    @api.model
    @ormcache()
    def _get_own_type_ids(self):
        """:return: set of the ids of the types of activities of this addon"""
        return frozenset(self.env['ir.model.data'].sudo().search([
            ('module', '=', ADDON), ('model', '=', 'mail.activity.type')]).mapped('res_id'))
