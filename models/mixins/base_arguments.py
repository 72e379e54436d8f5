from odoo import api, models
from odoo.exceptions import UserError

from .base import ADDON


class Base(models.AbstractModel):
    _inherit = 'base'

    def _check_one(self):
        """As ``ensure_one``, of what a client calls with any number of records.

        :return: this record
        :raise UserError: unless it is a single one
        """
        if len(self) != 1:
            raise UserError(self.env._("Select exactly one record for this action."))
        return self

    def _open_records(self):
        """:return: the action that opens these records: the form of one, the list of several
        :raise UserError: where there is none
        """
        records = self or self._check_one()
        # What a list was opened with is none of the next one's.
        return records._get_records_action(context={})

    @api.model
    def _open_action(self, action_name, **values):
        """:param action_name: external id of an action of this addon, without the module
        :param values: what is other than it is stored, as its ``context`` or ``domain``
        :return: the action
        """
        return {**self.env['ir.actions.actions']._for_xml_id(f'{ADDON}.{action_name}'), **values}

    def _get_report_action(self, report_name):
        """:param report_name: external id of a report of this addon, without the module
        :return: the action that prints or shows these records
        """
        action = self.env.ref(f'{ADDON}.{report_name}').report_action(self, config=False)
        # What is not there is left out: XML-RPC knows no None.
        return {name: value for name, value in action.items() if value is not None}

    @api.model
    def _close_dialog(self, notification=None):
        """:param notification: what a dialog on many records tells of what was done, if anything
        :return: the action that closes the dialog, after the notification
        """
        close = {'type': 'ir.actions.act_window_close'}
        return {**notification, 'params': {**notification['params'], 'next': close}} if notification else close
