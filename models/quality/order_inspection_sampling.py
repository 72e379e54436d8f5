import math
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..mixins.arguments import read_number, read_text
from .sampling_plan import REMEMBERED_BATCHES, Result, SamplingPlan, get_next_severity, get_plan_for_batch


class OrderInspection(models.Model):
    """Batches of which a sample is looked at: how large it is, how many of it may be defective, and what follows of the
    batches before (GB/T 2828.1)."""
    _inherit = 'order.inspection'

    vendor_id = fields.Many2one(
        'res.partner', readonly=True, index='btree_not_null', ondelete='restrict')
    severity = fields.Selection(
        [('normal', "Normal Inspection"), ('tightened', "Tightened Inspection"), ('reduced', "Reduced Inspection"),
         ('stopped', "Sampling Stopped")],
        "Inspection Severity", readonly=True,
        help="It follows from the batches of this product and vendor before, by GB/T 2828.1. Where sampling was "
             "stopped, whole batches are inspected until quality resumes it.")
    code_letter = fields.Char(compute='_compute_sampling')
    has_verdict = fields.Boolean(compute='_compute_sampling')
    acceptance_number = fields.Integer(
        "Acceptance Number (Ac)", compute='_compute_sampling', aggregator=None,
        help="The batch is accepted with at most so many defective pieces in the sample.")
    rejection_number = fields.Integer(
        "Rejection Number (Re)", compute='_compute_sampling', aggregator=None,
        help="The batch is rejected with so many defective pieces in the sample, or more.")
    defect_count = fields.Integer("Defective in the Sample", readonly=True)
    verdict = fields.Selection(
        [('accepted', "Batch Accepted"), ('rejected', "Batch Rejected")], readonly=True, tracking=True)

    # what lets batches be sampled again
    resumed_at = fields.Datetime("Sampling Resumed On", readonly=True)
    resumed_by_id = fields.Many2one('res.users', string="Sampling Resumed By", readonly=True, ondelete='restrict')
    resume_note = fields.Text("Measure of the Vendor or of Production", readonly=True)
    can_resume = fields.Boolean(compute='_compute_can_resume')

    # -- compute --------------------------------------------------------------------------------

    @api.depends('quantity', 'plan_id', 'severity', 'origin_id')
    def _compute_sampling(self):
        for inspection in self:
            sampling = inspection.sudo()._get_sampling()
            inspection.has_verdict = bool(sampling)
            inspection.code_letter = sampling.letter if sampling else False
            inspection.acceptance_number = sampling.acceptance if sampling else 0
            inspection.rejection_number = sampling.rejection if sampling else 0

    def _get_sampling(self):
        """:return: SamplingPlan by which this batch is accepted or rejected, None where quality judges it by hand;
            asked as superuser"""
        self.ensure_one()
        plan = self.plan_id
        # Pieces that were set aside are looked at one by one after their rework.
        if not plan or self.quantity <= 0 or self.origin_id.verdict == 'accepted':
            return None
        pieces = math.ceil(self.quantity)
        if plan.sampling == 'count':
            return SamplingPlan(min(plan.sample_size, pieces), plan.acceptance_number)
        if plan.sampling == 'aql' and self.severity != 'stopped':
            return get_plan_for_batch(pieces, plan.inspection_level, plan.aql, self.severity or 'normal')
        return None

    @api.depends('severity', 'state')
    @api.depends_context('uid')
    def _compute_can_resume(self):
        refusals = self._origin._get_resume_refusals()
        for inspection in self:
            inspection.can_resume = bool(inspection._origin) and inspection._origin.id not in refusals

    # -- actions --------------------------------------------------------------------------------

    def action_record_sample(self, defects, note=None, sample=None):
        """Record how many pieces of the samples are defective: the verdict on each batch follows.

        :param defects: number of defective pieces in each sample
        :param note: what was found; required for defective pieces
        :param sample: how many pieces were looked at, where the caller knows: not fewer than the plan asks for
        :return: True
        :raise AccessError, UserError: with the first inspection that cannot be judged so; then none is
        """
        self._check_refusals(self._get_judge_refusals())
        self._check_refusals(self._get_lot_refusals())
        self._check_refusals(self._get_verdict_refusals())
        defects, note = self.sudo()._read_defects(defects), read_text(note)
        self.sudo()._check_sample_taken(sample)
        if defects and not note:
            raise UserError(self.env._("Enter what was found: whoever handles these products has to know."))
        self._check_refusals(self._collect_refusals(lambda inspection: inspection._get_sample_refusal(defects)))
        self._action_record_sample(defects, note)
        return True

    def action_resume_sampling(self, measure):
        """Have batches sampled again, on tightened inspection, after sampling was stopped.

        :param measure: what the vendor or production has done
        :return: True
        :raise AccessError, UserError: where sampling was not stopped, or without a measure
        """
        self._check_refusals(self._get_resume_refusals())
        measure = read_text(measure)
        if not measure:
            raise UserError(self.env._("Enter what was done to improve the quality: sampling was stopped for it."))
        self.sudo()._write_guarded({
            'resumed_at': fields.Datetime.now(), 'resumed_by_id': self.env.uid, 'resume_note': measure})
        self.sudo()._follow_severity()
        return True

    def action_open_resuming(self):
        """:return: the action that asks what was done before sampling is resumed"""
        return self._open_action('order_inspection_resuming_action', context={'default_inspection_ids': self.ids})

    # -- what may be recorded -------------------------------------------------------------------

    def _get_verdict_refusals(self):
        """:return: dict inspection id → exception for those that no sample decides on"""
        return self._collect_refusals(lambda inspection: None if inspection._get_sampling() else UserError(self.env._(
            "“%(inspection)s” has no acceptance number: record that it has passed, or how much failed.",
            inspection=inspection.display_name)))

    def _read_defects(self, value):
        """:param value: what a client sends
        :return: int
        :raise UserError: for what is no number of pieces of the samples"""
        number = read_number(value)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and number == value
        if not is_number or number != int(number) or number < 0 or any(
                number > inspection._get_sampling().size for inspection in self):
            raise UserError(self.env._(
                "Enter how many pieces of the sample are defective: a whole number, not more than the sample."))
        return int(number)

    def _check_sample_taken(self, sample):
        """:raise UserError: where fewer pieces were looked at than the plan asks for now"""
        if sample is None or sample is False:
            return
        for inspection in self:
            if read_number(sample) < (size := inspection._get_sampling().size):
                raise UserError(self.env._(
                    "The sample of “%(inspection)s” is %(size)s pieces: inspect as many and enter how many of them are "
                    "defective.", inspection=inspection.display_name, size=size))

    def _get_sample_refusal(self, defects):
        """:return: exception where the checks tell another result than the number of defective pieces, None else"""
        self.ensure_one()
        if defects > self._get_sampling().acceptance:
            return None
        for check in self.check_ids:
            if (check.result == 'fail' and not defects) or (check.kind == 'measure' and not check.result):
                return self._get_check_refusal()
        return None

    def _get_resume_refusals(self):
        """:return: dict inspection id → exception why the person cannot resume the sampling"""
        return {
            **self._collect_refusals(lambda inspection: None if inspection.severity == 'stopped' else UserError(
                self.env._("Sampling of the batches of “%(inspection)s” was not stopped.",
                           inspection=inspection.display_name))),
            **self._get_judge_refusals()}

    # -- business -------------------------------------------------------------------------------

    def _action_record_sample(self, defects, note):
        """Record the samples; state and right are checked before."""
        groups = defaultdict(self.env['order.inspection'].sudo().browse)
        for inspection in self.sudo():
            groups[defects <= inspection._get_sampling().acceptance, inspection.quantity] |= inspection
        rejected = self.env['order.inspection'].sudo()
        for (is_accepted, quantity), inspections in groups.items():
            failed = min(defects, quantity) if is_accepted else quantity
            if not defects:
                inspections.check_ids.filtered(lambda check: not check.result)._write_guarded({'result': 'ok'})
            inspections._write_guarded({
                **self._prepare_judgement_vals(), 'defect_count': defects, 'note': note or False,
                'state': 'passed' if is_accepted else 'failed', 'verdict': 'accepted' if is_accepted else 'rejected',
                'failed_quantity': failed, 'passed_quantity': quantity - failed})
            if not is_accepted:
                rejected |= inspections
        # What was set aside of a batch that is accepted, the sampling plan allows for.
        rejected and rejected.with_env(self.env)._tell_of_failure()
        self.sudo()._follow_severity()

    # -- severity -------------------------------------------------------------------------------

    @api.model
    def _choose_severities(self, vals_list):
        """Set the severity of new inspections by AQL, in batch.

        :param vals_list: list of dicts of values of new inspections; get their ``severity``
        """
        Plan = self.env['order.inspection.plan'].sudo()
        plans = Plan.browse({vals['plan_id'] for vals in vals_list if vals.get('plan_id')}).filtered(
            lambda plan: plan.sampling == 'aql')
        if not plans:
            return
        lines = plans._get_lines()
        own = [vals for vals in vals_list if vals.get('plan_id') in plans._ids]
        severities = self._get_severities(lines, {vals['product_id'] for vals in own})
        for vals in own:
            severity = severities[lines[vals['plan_id']], vals['product_id'], vals.get('vendor_id') or False]
            # What is offered a second time is never inspected less than normally.
            vals['severity'] = 'normal' if vals.get('origin_id') and severity == 'reduced' else severity

    def _follow_severity(self):
        """Let the inspections that are still open follow from the results of these; quality is told where sampling is
        to stop. In batch and as superuser."""
        sampled = self.filtered(lambda inspection: inspection.plan_id.sampling == 'aql')
        if not sampled:
            return
        lines = sampled.plan_id._get_lines()
        severities = self._get_severities(lines, set(sampled.product_id.ids))
        touched = {inspection._get_line_key(lines) for inspection in sampled}
        changes = defaultdict(self.browse)
        for inspection in self.search([
                ('plan_id', 'in', list(lines)), ('product_id', 'in', sampled.product_id.ids), ('state', '=', 'todo')]):
            key = inspection._get_line_key(lines)
            severity = severities[key]
            if inspection.origin_id and severity == 'reduced':
                severity = 'normal'
            if key in touched and severity != inspection.severity:
                changes[severity] |= inspection
        for severity, inspections in changes.items():
            inspections._write_guarded({'severity': severity})
        stopped = self.browse()
        for inspection in sampled.filtered(lambda row: row.verdict == 'rejected' and row.severity == 'tightened'):
            if severities[inspection._get_line_key(lines)] == 'stopped':
                stopped |= inspection
        stopped._tell_of_stop()

    def _get_line_key(self, lines):
        """:param lines: what ``order.inspection.plan._get_lines`` returns
        :return: triple (key of the plan, product id, vendor id or False): the batches that follow each other"""
        self.ensure_one()
        return lines[self.plan_id.id], self.product_id.id, self.vendor_id.id

    @api.model
    def _get_severities(self, lines, product_ids):
        """Which severity the next batch has, from the results of the batches before; in two queries, as superuser.

        :param lines: what ``order.inspection.plan._get_lines`` returns
        :param product_ids: set of ids
        :return: defaultdict triple of :meth:`_get_line_key` → severity
        """
        self.flush_model()
        # A batch counts once, on its original inspection.
        last = [row_id for row_id, in self.env.execute_query(SQL(
            """SELECT id FROM (
                   SELECT id, row_number() OVER (
                       PARTITION BY plan_id, product_id, vendor_id ORDER BY judged_at DESC, id DESC) AS position
                     FROM order_inspection
                    WHERE plan_id = ANY(%s) AND product_id = ANY(%s) AND severity IS NOT NULL AND origin_id IS NULL
                          AND state IN ('passed', 'failed')) AS judged
                WHERE position <= %s""", list(lines), list(product_ids), REMEMBERED_BATCHES))]
        results, resumed = defaultdict(list), {}
        rows = self.sudo().search([
            ('plan_id', 'in', list(lines)), ('product_id', 'in', list(product_ids)), '|', ('id', 'in', last),
            ('resumed_at', '!=', False)])
        for row in rows:
            if row.resumed_at:
                key = row._get_line_key(lines)
                resumed[key] = max(row.resumed_at, resumed.get(key, row.resumed_at))
        plans = {}
        for row in rows.filtered(lambda row: row.id in set(last)).sorted(lambda row: (row.judged_at, row.id)):
            key = row._get_line_key(lines)
            plans[key] = row.plan_id
            if key not in resumed or row.judged_at > resumed[key]:
                results[key].append(row._get_result())
        severities = defaultdict(lambda: 'normal')
        for key, plan in plans.items():
            severities[key] = get_next_severity(
                results[key], plan.aql, plan.allow_reduced, 'tightened' if key in resumed else 'normal')
        return severities

    def _get_result(self):
        """:return: Result of the original inspection of this batch"""
        self.ensure_one()
        sampling = self._get_sampling()
        return Result(
            self.severity, self.verdict != 'rejected' if sampling else self.state == 'passed', self.defect_count,
            sampling.letter if sampling else '', sampling.acceptance if sampling else 0)

    def _tell_of_stop(self):
        """Tell the members of quality that sampling has stopped, on these inspections and by their messages."""
        for inspection in self:
            members = self.env['order.role']._get_by_code('quality').sudo()._get_members(inspection.company_id)
            inspection.message_post(
                body=self.env._(
                    "Five batches of “%(product)s” were rejected on tightened inspection: sampling has stopped, and "
                    "whole batches are inspected. Agree on measures, then resume the sampling.",
                    product=inspection.product_id.display_name),
                partner_ids=members.partner_id.ids)
