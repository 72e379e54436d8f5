from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..mixins.arguments import read_id


class OrderIncident(models.Model):
    """Why it has happened, and who answers for it: kept for the assessment, where the policy says so without exception.

    That is a constraint on what is stored, so it holds for every way in.
    """
    _inherit = 'order.incident'

    cause_id = fields.Many2one(
        'order.incident.cause', string="Root Cause", index='btree_not_null', ondelete='restrict', tracking=True)
    fault_role_id = fields.Many2one(
        'order.role', string="Department at Fault", compute='_compute_fault_role_id', store=True, readonly=False,
        index='btree_not_null', ondelete='restrict', tracking=True)
    cause_note = fields.Text("Investigation", help="The findings about the cause.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('state', 'cause_id')
    def _check_cause_id(self):
        if lacking := self.sudo().filtered(
                lambda incident: incident.state == 'resolved' and incident._is_cause_lacking())[:1]:
            raise ValidationError(lacking._get_cause_message())

    # -- compute --------------------------------------------------------------------------------

    @api.depends('cause_id')
    def _compute_fault_role_id(self):
        for incident in self:
            incident.fault_role_id = incident.cause_id.role_id or incident.fault_role_id

    # -- what is known --------------------------------------------------------------------------

    def _is_cause_lacking(self):
        """:return: whether the policy wants the cause of this incident, and it is not on record; as superuser"""
        self.ensure_one()
        return not self.cause_id and self.order_id.policy_id.require_incident_cause

    def _get_cause_message(self):
        """:return: translated sentence, asking for the cause of this incident; as superuser"""
        self.ensure_one()
        return self.env._(
            "Select the root cause of %(incident)s: under the policy, no incident is resolved without it.",
            incident=self.name)

    @api.model
    def _read_cause(self, value):
        """:param value: what was sent as the id of a cause
        :return: ``order.incident.cause`` as superuser, empty where none is sent
        :raise UserError: if there is none with this id
        """
        causes = self.env['order.incident.cause'].sudo()
        if value is None or value is False or value == '':
            return causes.browse()
        cause = causes.browse(read_id(value) or ()).exists()
        if not cause:
            raise UserError(self.env._("Select the root cause from the list of incident causes."))
        return cause
