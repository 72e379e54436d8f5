import math

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import float_round

from ..mixins.arguments import read_number, read_text

JUDGED_STATES = ('passed', 'failed')


class OrderInspection(models.Model):
    """What quality finds of one batch of a product: received, produced, or about to be delivered (article F4).

    Inspections are made by themselves, from the plans of the policy in force or of the order; their results come by
    actions only.
    """
    _name = 'order.inspection'
    _inherit = [
        'mail.thread', 'order.guarded.mixin', 'order.batch.mixin', 'order.board.mixin', 'order.dossier.mixin',
        'order.worklist.mixin']
    _description = "Inspection"
    _order = 'id desc'
    _rec_names_search = ['product_id', 'lot_id', 'picking_id', 'production_id', 'order_id']
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True
    _worklist_sequence = 30
    _worklist_view = 'kanban'

    # what is inspected
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    plan_id = fields.Many2one(
        'order.inspection.plan', readonly=True, index='btree_not_null', ondelete='restrict')
    point = fields.Selection(
        [('receipt', "On Receipt"), ('production', "After Production"), ('delivery', "Before Delivery")],
        string="Timing", required=True, readonly=True, default='delivery')
    product_id = fields.Many2one('product.product', required=True, readonly=True, index=True, ondelete='restrict')
    lot_id = fields.Many2one(
        'stock.lot', string="Lot/Serial Number", index='btree_not_null', ondelete='restrict',
        domain="[('product_id', '=', product_id)]")
    tracking = fields.Selection(related='product_id.tracking', string="Traceability")
    quantity = fields.Float(digits='Product Unit', required=True, readonly=True, default=0)
    sample_quantity = fields.Float(
        "Sample", digits='Product Unit', compute='_compute_sample_quantity',
        help="How much of the batch is looked at, as the inspection plan says.")
    uom_id = fields.Many2one(related='product_id.uom_id', string="Unit")

    # where it comes from, and for whom it is
    move_id = fields.Many2one('stock.move', readonly=True, index='btree_not_null', ondelete='set null')
    picking_id = fields.Many2one(
        'stock.picking', string="Transfer", readonly=True, index='btree_not_null', ondelete='set null')
    production_id = fields.Many2one(
        'mrp.production', string="Manufacturing Order", readonly=True, index='btree_not_null', ondelete='set null')
    document_name = fields.Char(
        "Document", compute='_compute_document_name', compute_sudo=True,
        help="The transfer or manufacturing order with which the goods come or go.")
    warehouse_id = fields.Many2one(
        'stock.warehouse', readonly=True, ondelete='restrict', index='btree_not_null',
        help="Where the goods stay until they have passed.")
    order_ids = fields.Many2many(
        'sale.order', 'order_inspection_sale_order_rel', 'inspection_id', 'order_id', string="Sales Orders",
        readonly=True)
    order_id = fields.Many2one(
        'sale.order', readonly=True, index='btree_not_null', ondelete='restrict',
        help="The order for which the goods are, if it is only one.")
    handled_by_ids = fields.Many2many(
        'res.users', 'order_inspection_handler_rel', 'inspection_id', 'user_id', string="Received or Produced By",
        readonly=True, ondelete='restrict')
    origin_id = fields.Many2one(
        'order.inspection', string="Inspection Before Rework", readonly=True, index='btree_not_null',
        ondelete='restrict')
    rework_ids = fields.One2many('order.inspection', 'origin_id', string="Inspections After Rework", readonly=True)

    # the result
    check_ids = fields.One2many('order.inspection.check', 'inspection_id', string="Checks")
    state = fields.Selection(
        [('todo', "To Inspect"), ('passed', "Passed"), ('failed', "Failed"), ('skipped', "Not Inspected"),
         ('cancelled', "Cancelled")],
        required=True, readonly=True, default='todo', index=True, group_expand=True, tracking=True)
    passed_quantity = fields.Float("Passed", digits='Product Unit', readonly=True)
    failed_quantity = fields.Float("Failed", digits='Product Unit', readonly=True)
    note = fields.Text("Findings", readonly=True)
    judged_by_id = fields.Many2one('res.users', string="Inspected By", readonly=True, ondelete='restrict')
    judged_at = fields.Datetime("Inspected On", readonly=True, index=True)

    # what becomes of what failed
    disposition = fields.Selection(
        [('rework', "Rework"), ('return', "Return to Vendor"), ('scrap', "Scrap"), ('concession', "Concession")],
        readonly=True, tracking=True)
    disposition_note = fields.Text("Reason of the Disposition", readonly=True)
    consent_note = fields.Char("Consent of the Customer", readonly=True)
    disposed_by_id = fields.Many2one('res.users', string="Disposition Set By", readonly=True, ondelete='restrict')
    disposed_at = fields.Datetime("Disposition Set On", readonly=True)
    disposal_move_id = fields.Many2one(
        'stock.move', string="Return Transfer", readonly=True, index='btree_not_null', ondelete='set null')
    disposed_quantity = fields.Float("Scrapped or Returned", digits='Product Unit', readonly=True)

    # what may go on
    released_quantity = fields.Float(
        "Released", digits='Product Unit', compute='_compute_released_quantity', store=True, precompute=True,
        help="What has passed, was released by a concession, or need not be inspected.")
    held_quantity = fields.Float(
        "Held", digits='Product Unit', compute='_compute_released_quantity', store=True, precompute=True,
        help="What stays in the warehouse: it has not been inspected, or has failed.")

    # who does what
    is_unplanned = fields.Boolean("Without a Plan", compute='_compute_is_unplanned', search='_search_is_unplanned')
    can_judge = fields.Boolean(compute='_compute_can_judge')
    can_dispose = fields.Boolean(compute='_compute_can_judge')
    can_concede = fields.Boolean(compute='_compute_can_judge')

    # -- constraints and indexes ----------------------------------------------------------------

    _quantities_not_negative = models.Constraint(
        'CHECK (quantity >= 0 AND passed_quantity >= 0 AND failed_quantity >= 0)',
        "Quantities of an inspection cannot be negative: enter a quantity of 0 or more.")
    _open_index = models.Index("(company_id, point) WHERE state = 'todo'")
    _held_index = models.Index("(product_id, warehouse_id) WHERE held_quantity > 0")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('product_id', 'lot_id')
    def _compute_display_name(self):
        for inspection in self:
            names = [f"QI{inspection._origin.id or 0:05d}", inspection.product_id.sudo().display_name or '']
            inspection.display_name = " · ".join([*names, *filter(None, [inspection.lot_id.sudo().name])])

    @api.depends('quantity', 'plan_id', 'severity', 'origin_id')
    def _compute_sample_quantity(self):
        for inspection in self:
            if sampling := inspection.sudo()._get_sampling():
                inspection.sample_quantity = min(sampling.size, inspection.quantity)
                continue
            plan = inspection.plan_id.sudo()
            share = (plan.sample_percent if plan.sampling == 'percent' else 100) / 100 if plan else 1
            # A part of a piece is a piece.
            inspection.sample_quantity = float_round(
                inspection.quantity * share, precision_rounding=max(inspection.uom_id.rounding, 0.01),
                rounding_method='UP')

    @api.depends('picking_id', 'production_id', 'move_id')
    def _compute_document_name(self):
        for inspection in self:
            inspection.document_name = (
                inspection.production_id.name or inspection.picking_id.name or inspection.move_id.reference)

    @api.depends('state', 'point', 'quantity', 'passed_quantity', 'failed_quantity', 'disposition',
                 'disposed_quantity', 'warehouse_id')
    def _compute_released_quantity(self):
        for inspection in self:
            concession = inspection._get_undisposed_quantity() if inspection.disposition == 'concession' else 0
            inspection.released_quantity = (
                inspection.quantity if inspection.state == 'skipped' else inspection.passed_quantity + concession)
            # What has arrived is somewhere in the house, even where no warehouse is.
            is_counted = inspection.warehouse_id or inspection.point != 'delivery'
            inspection.held_quantity = inspection._get_held_quantity() if is_counted else 0

    def _get_held_quantity(self):
        """:return: how much of this batch stays in its warehouse until somebody has judged or disposed of it"""
        self.ensure_one()
        if self.state == 'todo':
            # What is about to leave is held by its order.
            return 0 if self.point == 'delivery' else self.quantity
        # Of a batch that was accepted by its sample, the defective pieces.
        if self.state in JUDGED_STATES and self.disposition not in ('rework', 'concession'):
            return self._get_undisposed_quantity()
        return 0

    def _get_undisposed_quantity(self):
        """:return: how much of what failed was neither scrapped nor returned"""
        self.ensure_one()
        return max(self.failed_quantity - self.disposed_quantity, 0)

    @api.depends('plan_id')
    def _compute_is_unplanned(self):
        for inspection in self:
            inspection.is_unplanned = not inspection.plan_id

    @api.model
    def _search_is_unplanned(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('plan_id', '=', False) if True in value else Domain.FALSE

    @api.depends('state', 'disposition', 'disposal_move_id')
    @api.depends_context('uid')
    def _compute_can_judge(self):
        saved = self._origin
        refused = {
            'can_judge': saved._get_judge_refusals(), 'can_dispose': saved._get_disposal_refusals(),
            'can_concede': saved._get_concession_refusals()}
        for inspection in self:
            for name, refusals in refused.items():
                inspection[name] = bool(inspection._origin) and inspection._origin.id not in refusals

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        # Which of the goods it is may be entered while they are inspected.
        return super()._get_guarded_fields() | {
            name for name, field in self._fields.items()
            if field._module == 'sale_order_lifecycle' and field.store and name not in ('check_ids', 'lot_id')}

    def write(self, vals):
        if 'lot_id' in vals and not self._is_acting():
            self._check_lot_changeable()
        return super().write(vals)

    def _check_lot_changeable(self):
        """:raise AccessError, UserError: unless quality may enter which goods before delivery these are"""
        self._check_refusals(self._get_judge_refusals())
        if received := self.sudo().filtered(lambda inspection: inspection.point != 'delivery')[:1]:
            raise UserError(self.env._(
                "The lot of “%(inspection)s” is the one that was received or produced, so it cannot be changed.",
                inspection=received.display_name))

    # -- actions --------------------------------------------------------------------------------

    def action_pass(self):
        """Record that whole batches have passed, those by sampling without a defective piece; checks that nobody has
        answered count as in order.

        :return: True
        :raise AccessError, UserError: with the first inspection that cannot pass; then none does
        """
        self._check_refusals(self._get_pass_refusals())
        self._action_pass()
        return True

    def action_pass_possible(self):
        """Record that those of the batches have passed that can, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_pass_refusals()
        possible = self._without(refusals)
        possible._action_pass()
        return self._get_summary_notification(
            self.env._("%(count)s inspections have passed.", count=len(possible)), refusals)

    def action_fail(self, note, failed_quantity=None):
        """Record that batches have failed, as a whole or in part; the rest has passed. Where a sample decides, what
        failed is what is defective of the sample, and the verdict on the batch follows.

        :param note: what was found
        :param failed_quantity: how much of each batch failed; everything by default
        :return: True
        :raise AccessError, UserError: with the first inspection that cannot be judged; then none is
        """
        self._check_refusals(self._get_judge_refusals())
        self._check_refusals(self._get_lot_refusals())
        note = read_text(note)
        if not note:
            raise UserError(self.env._("Enter what was found: whoever handles these products has to know."))
        quantity = self._read_failed_quantity(failed_quantity)
        sampled = self.filtered(lambda inspection: quantity is not None and inspection.sudo()._get_sampling())
        if sampled:
            # A part of a piece that is defective makes it a defective one.
            sampled._check_refusals(sampled._collect_refusals(
                lambda inspection: inspection._get_sample_refusal(math.ceil(quantity))))
            sampled._action_record_sample(math.ceil(quantity), note)
        (self - sampled)._action_fail(note, quantity)
        return True

    def action_open_failing(self):
        """:return: the action that asks what was found"""
        return self._open_action('order_inspection_failing_action', context={'default_inspection_ids': self.ids})

    def action_open_orders(self):
        """:return: the action that opens the orders for which these goods are"""
        return self.order_ids._open_records()

    # -- who may judge --------------------------------------------------------------------------

    @api.model
    def _is_inspector(self):
        """:return: whether the present person judges for quality; asked of ``env.user`` whatever ``env.su`` is"""
        return self.env['order.role']._get_by_code('quality')._includes(self.env.user)

    @api.model
    def _get_unreadable_error(self):
        return AccessError(self.env._("You do not have access to this inspection. Ask the quality department."))

    def _get_judge_refusals(self):
        """:return: dict inspection id → exception why the person cannot judge it; the others are missing"""
        handlers = self.sudo().filtered('plan_id.four_eyes')._get_handlers()
        return self._collect_refusals(lambda inspection: inspection._get_judge_refusal(handlers))

    def _get_judge_refusal(self, handlers):
        """:param handlers: what :meth:`_get_handlers` says of those that another person has to judge
        :return: exception why the person cannot judge this inspection, None where nothing is against it"""
        self.ensure_one()
        if not self._is_inspector():
            return AccessError(self.env._(
                "“%(inspection)s” can only be judged by the quality department: ask its members.",
                inspection=self.display_name))
        if self.state != 'todo':
            return UserError(self.env._(
                "“%(inspection)s” is not to be inspected anymore: its result is on record.",
                inspection=self.display_name))
        if self.env.uid in handlers.get(self.id, ()):
            return UserError(self.env._(
                "You have received or produced the goods of “%(inspection)s”, and its inspection plan asks for another "
                "person: ask a colleague to inspect them.", inspection=self.display_name))
        return None

    def _get_handlers(self):
        """Who has received, produced or packed these goods, in batch and as superuser.

        :return: dict inspection id → set of ids of ``res.users``
        """
        leaving = self.filtered(lambda inspection: inspection.point == 'delivery')
        earlier = self.search([
            ('order_ids', 'in', leaving.order_id.ids), ('product_id', 'in', leaving.product_id.ids),
            ('point', '!=', 'delivery')]) if leaving else self.browse()
        handlers = {}
        for inspection in self:
            own = (
                inspection.handled_by_ids | inspection.picking_id.user_id
                | self._get_production_handlers(inspection.production_id))
            if inspection in leaving:
                product, order = inspection.product_id, inspection.order_id
                own |= self._get_production_handlers(order._get_productions().filtered(
                    lambda production, product=product: production.product_id == product))
                own |= earlier.filtered(lambda row, product=product, order=order: (
                    row.product_id == product and order in row.order_ids)).handled_by_ids
            handlers[inspection.id] = set(own.ids)
        return handlers

    @api.model
    def _get_production_handlers(self, productions):
        """:return: ``res.users`` who are responsible for manufacturing orders or have worked on them"""
        return productions.user_id | productions.workorder_ids.time_ids.user_id

    def _get_lot_refusals(self):
        """:return: dict inspection id → exception for those of which nobody knows which goods they are about"""
        return self._collect_refusals(lambda inspection: None if (
            inspection.tracking in (False, 'none') or inspection.lot_id) else UserError(self.env._(
                "Select the lot or serial number of “%(inspection)s” that was inspected.",
                inspection=inspection.display_name)))

    def _get_pass_refusals(self):
        """:return: dict inspection id → exception why it cannot pass; the others are missing"""
        return {
            **self._get_lot_refusals(), **self._collect_refusals(lambda inspection: inspection._get_check_refusal()),
            **self._get_judge_refusals()}

    def _get_check_refusal(self):
        """:return: exception for a check that has failed or is not measured, None where all may pass"""
        self.ensure_one()
        for check in self.check_ids:
            if check.result == 'fail':
                return UserError(self.env._(
                    "The check “%(check)s” of “%(inspection)s” is not in order: record the inspection as failed.",
                    check=check.name, inspection=self.display_name))
            if check.kind == 'measure' and not check.result:
                return UserError(self.env._(
                    "Enter the value of “%(check)s” that was measured in “%(inspection)s”.",
                    check=check.name, inspection=self.display_name))
        return None

    def _read_failed_quantity(self, quantity):
        """:param quantity: what a client sends
        :return: float, None for the whole of each batch
        :raise UserError: for a quantity that is none of them
        """
        if quantity is None or quantity is False:
            return None
        number = read_number(quantity)
        if number <= 0 or any(inspection.uom_id.compare(number, inspection.quantity) > 0 for inspection in self.sudo()):
            raise UserError(self.env._(
                "Enter how much has failed: more than 0 and not more than was inspected."))
        return number

    # -- business -------------------------------------------------------------------------------

    def _action_pass(self):
        """Record that these batches have passed; state and right are checked before."""
        self.sudo().check_ids.filtered(lambda check: not check.result)._write_guarded({'result': 'ok'})
        for quantity, inspections in self.sudo().grouped('quantity').items():
            inspections._write_guarded({
                **self._prepare_judgement_vals(), 'state': 'passed', 'passed_quantity': quantity})
        self.sudo().filtered(lambda inspection: inspection._get_sampling())._write_guarded({'verdict': 'accepted'})
        self.sudo()._follow_severity()

    def _action_fail(self, note, failed_quantity):
        """Record that these batches have failed, wholly where ``failed_quantity`` is None."""
        for quantity, inspections in self.sudo().grouped('quantity').items():
            failed = quantity if failed_quantity is None else failed_quantity
            inspections._write_guarded({
                **self._prepare_judgement_vals(), 'state': 'failed', 'note': note, 'failed_quantity': failed,
                'passed_quantity': quantity - failed})
        self.sudo().filtered(lambda inspection: inspection._get_sampling())._write_guarded({'verdict': 'rejected'})
        self._tell_of_failure()
        self.sudo()._follow_severity()

    def _prepare_judgement_vals(self):
        """:return: dict of values: who judges, and when"""
        return {'judged_by_id': self.env.uid, 'judged_at': fields.Datetime.now()}

    def _tell_of_failure(self):
        """Note on the orders for which the goods are that they have failed; in batch."""
        bodies = {}
        for inspection in self.sudo():
            for order in inspection.order_ids:
                bodies.setdefault(order.id, []).append(self.env._(
                    "%(quantity)s %(unit)s of “%(product)s” failed the inspection: %(note)s",
                    quantity=f"{inspection.failed_quantity:g}", unit=inspection.uom_id.name,
                    product=inspection.product_id.display_name, note=inspection.note))
        self.env['sale.order'].sudo().browse(bodies)._message_log_batch(
            {order_id: "\n".join(texts) for order_id, texts in bodies.items()})

    @api.model
    def _get_present_handler_ids(self):
        """:return: list with the id of the present person, empty where the system acts"""
        return [] if self.env.uid == SUPERUSER_ID else [self.env.uid]

    # -- board ----------------------------------------------------------------------------------

    @api.model
    def _get_board_columns(self):
        return {**super()._get_board_columns(), 'state': {'passed', 'skipped', 'cancelled'}}

    # -- activity menu --------------------------------------------------------------------------

    @api.model
    def _get_worklist_domain(self):
        if not self._is_inspector():
            return Domain.FALSE
        undecided = Domain('failed_quantity', '>', 0) & Domain('disposition', '=', False)
        return Domain('state', '=', 'todo') | undecided

    @api.model
    def _get_worklist_title(self):
        return self.env._("Products to Inspect")

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'display_name', 'plan_id', 'point', 'product_id', 'lot_id', 'quantity', 'document_name', 'state',
            'severity', 'sample_quantity', 'acceptance_number', 'rejection_number', 'defect_count', 'verdict',
            'passed_quantity', 'failed_quantity', 'note', 'judged_by_id', 'judged_at', 'disposition',
            'disposition_note', 'consent_note', 'disposed_by_id', 'disposed_at', 'disposed_quantity', 'origin_id',
        ]

    def _get_dossier_parts(self):
        return {**super()._get_dossier_parts(), 'checks': self.check_ids}
