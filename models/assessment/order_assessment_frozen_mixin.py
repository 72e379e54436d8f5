from odoo import api, models
from odoo.exceptions import UserError


class OrderAssessmentFrozenMixin(models.AbstractModel):
    """What belongs to an assessment and stands still once that is confirmed, for everybody and on every path.

    A model says with :meth:`_get_assessments` whose it is, and with :meth:`_get_unfrozen_fields` what its own
    actions still write afterwards, as superuser.
    """
    _name = 'order.assessment.frozen.mixin'
    _inherit = ['order.guarded.mixin']
    _description = "Frozen with Its Assessment"

    def _get_assessments(self):
        """:return: the ``order.assessment`` that these records belong to"""
        raise NotImplementedError

    def _get_unfrozen_fields(self):
        """:return: set of names of the fields that change after the confirmation"""
        return set()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_not_frozen()
        return records

    def write(self, vals):
        touched = vals.keys() - self._get_unfrozen_fields()
        if touched:
            self._check_not_frozen()
        result = super().write(vals)
        if touched:
            # Nor does a record come to a frozen assessment from another one.
            self._check_not_frozen()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._check_not_frozen()

    def _check_not_frozen(self):
        """:raise UserError: if one of the assessments is confirmed"""
        if frozen := self.sudo()._get_assessments().filtered(lambda assessment: assessment._is_frozen())[:1]:
            raise UserError(self.env._(
                "“%(assessment)s” is confirmed, so its sheets, figures and measures cannot be changed.",
                assessment=frozen.name))
