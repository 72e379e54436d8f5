import logging

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class OrderJobFailure(models.Model):
    """A record that a scheduled action could not be done with, until it is.

    The managers are told of it once, however often it is tried again.
    """
    _name = 'order.job.failure'
    _inherit = ['order.guarded.mixin']
    _description = "Failed Scheduled Action"
    _order = 'id desc'
    _allow_sudo_commands = False
    _made_by_actions = True

    job = fields.Char(required=True, index=True, help="Model and method of the scheduled action.")
    name = fields.Char("Scheduled Action", required=True)
    res_model = fields.Char("Model", required=True)
    res_id = fields.Integer("Record ID", required=True)
    record_name = fields.Char("Record")
    company_id = fields.Many2one('res.company', index='btree_not_null', ondelete='cascade')
    error = fields.Text("Reason", required=True)

    _record_unique = models.UniqueIndex('(job, res_model, res_id)')

    # -- actions --------------------------------------------------------------------------------

    def action_open(self):
        """:return: the action that opens the record that failed
        :raise UserError: if it is no longer there, or the person may not read it
        """
        self._check_one()
        self.check_access('read')
        record = self.res_model in self.env and self.env[self.res_model].browse(self.res_id).exists()._filtered_access(
            'read')
        if not record:
            raise UserError(self.env._(
                "“%(record)s” no longer exists, or you do not have access to it.", record=self.record_name))
        return record._open_records()

    # -- what has failed ------------------------------------------------------------------------

    @api.model
    def _keep_only(self, job, keys):
        """Forget what has failed before and what a scheduled action has nothing to do with any more.

        :param job: model and method of the scheduled action
        :param keys: list of pairs of model and id
        :return: set of those pairs that have failed before
        """
        known = {(failure.res_model, failure.res_id): failure for failure in self.sudo().search([('job', '=', job)])}
        failed = known.keys() & set(keys)
        if gone := [failure for key, failure in known.items() if key not in failed]:
            self.union(*gone)._unlink_guarded()
        return failed

    @api.model
    def _forget(self, job, parts):
        """:param parts: list of the recordsets that have not failed any more"""
        for records in parts:
            self.sudo().search([
                ('job', '=', job), ('res_model', '=', records._name), ('res_id', 'in', records.ids)])._unlink_guarded()

    @api.model
    def _keep(self, job, record, error):
        """Keep that a scheduled action has failed with a record; the managers are told of it, once.

        :param job: model and method of the scheduled action
        :param record: what it has failed with
        :param error: the exception
        """
        reason = self._describe_error(error)
        known = self.sudo().search([
            ('job', '=', job), ('res_model', '=', record._name), ('res_id', '=', record.id)])
        if known:
            known._write_guarded({'error': reason})
            return
        if not isinstance(error, UserError):
            _logger.warning("%s failed with %s", job, record, exc_info=error)
        self._create_guarded([self._prepare_failure_vals(job, record, reason)])._notify_managers()

    @api.model
    def _report(self, job, record, reason):
        """Tell the managers that a scheduled action has failed with a record that it does not try again.

        :param reason: text
        """
        self.sudo().new(self._prepare_failure_vals(job, record, reason))._notify_managers(is_tried_again=False)

    @api.model
    def _describe_error(self, error):
        """:return: text of an exception: its sentence, where it was made for people"""
        return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"[:1000]

    @api.model
    def _prepare_failure_vals(self, job, record, reason):
        model, _dot, method = job.rpartition('.')
        cron = self.env['ir.cron'].sudo().with_context(active_test=False).search(
            [('model_id.model', '=', model), ('code', 'like', f'model.{method}()')], limit=1)
        company = record.sudo()['company_id'] if 'company_id' in record._fields else self.env['res.company']
        return {
            'job': job,
            'name': cron.name or job,
            'res_model': record._name,
            'res_id': record.id,
            'record_name': self._get_record_name(record),
            'company_id': company[:1].id,
            'error': reason,
        }

    @api.model
    def _get_record_name(self, record):
        try:
            # What has failed may fail with its name, too.
            with self.env.cr.savepoint():
                return record.sudo().display_name
        except Exception:
            return f"{record._name} {record.id}"

    # -- who is told ----------------------------------------------------------------------------

    def _get_managers(self):
        """:return: ``res.users`` who hear of this failure: the managers of its company, of all where it has none"""
        self.ensure_one()
        return self.env.ref('sale_order_lifecycle.group_manager').sudo().all_user_ids.filtered(
            lambda user: user.active and not user.share and user.id != SUPERUSER_ID
            and (not self.company_id or self.company_id in user.company_ids))

    def _notify_managers(self, is_tried_again=True):
        """Tell the managers of this failure, each in the own language; that nobody can be told keeps nothing else."""
        self.ensure_one()
        for lang, users in self._get_managers().grouped('lang').items():
            there = self.with_context(lang=lang)
            outlook = Markup('%s <a href="/odoo/failed-scheduled-actions">%s</a>') % (
                there.env._("All other records have been processed. This one is tried again at each run, and you will "
                            "not be notified again until it has succeeded."),
                there.env._("Failed Scheduled Actions"),
            ) if is_tried_again else there.env._("All other records have been processed. This one is not tried again.")
            try:
                with self.env.cr.savepoint():
                    self.env['mail.thread'].sudo().message_notify(
                        partner_ids=users.partner_id.ids,
                        subject=there.env._(
                            "%(action)s: failed for %(record)s", action=self.name, record=self.record_name),
                        body=Markup('<p>%s</p><p>%s</p>') % (self.error, outlook),
                        email_add_signature=False,
                        email_layout_xmlid='mail.mail_notification_light',
                    )
            except Exception:
                _logger.exception("The managers could not be notified of %s", self)
