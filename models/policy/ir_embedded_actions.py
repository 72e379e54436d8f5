from odoo import api, models
from odoo.exceptions import AccessError


class IrEmbeddedActions(models.Model):
    """A tab that somebody adds to a screen opens something, and does nothing.

    Core lets every employee add tabs to the screens of everybody else. A method or a server action behind one runs on
    the record of the screen, as whoever selects the tab: it would approve what nobody has looked at.
    """
    _inherit = 'ir.embedded.actions'

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        actions._check_opens_only()
        return actions

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {'action_id', 'parent_res_model', 'python_method'}:
            self._check_opens_only()
        return result

    def _check_opens_only(self):
        """:raise AccessError: for people who add what runs something, unless a module offers the same. People of all
            companies see a tab: it is enough that one of them is under a policy."""
        if self.env.su or not self.env['order.policy']._has_any_governed() or self.env.user.has_group(
                'base.group_system'):
            return
        running = self.sudo().filtered(lambda row: row.python_method or row.action_id.type == 'ir.actions.server')
        if not running:
            return
        others = self.sudo().search([
            ('parent_res_model', 'in', running.mapped('parent_res_model')), ('id', 'not in', self.ids)])
        offered = {row._get_what_runs() for row in others if not row.is_deletable}
        if any(row._get_what_runs() not in offered for row in running):
            raise AccessError(self.env._(
                "Only administrators can add tabs that run a method or a server action. Select an action that opens "
                "a view."))

    def _get_what_runs(self):
        """:return: tuple of the model and of what runs on its records"""
        self.ensure_one()
        return self.parent_res_model, self.python_method or False, self.action_id.id
