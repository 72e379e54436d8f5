from odoo import api, models
from odoo.exceptions import AccessError

# So many refusals are named in a summary; it counts the others.
LISTED_REFUSALS = 10


class OrderBatchMixin(models.AbstractModel):
    """Actions on any number of records: all of them or none, or what is possible with one summary.

    What keeps the person from an action is asked of all records before anything is done: ``_get_…_refusals`` returns
    a dict record id → exception with one sentence, in which records that nothing is said against are missing.
    ``action_x`` raises the first of them; ``action_x_possible`` leaves these records out and names them.
    """
    _name = 'order.batch.mixin'
    _description = "Actions on Many Records"

    def _collect_refusals(self, get_refusal):
        """What is said against each of these records; asked of ``env.user`` whatever ``env.su`` is.

        :param get_refusal: function of one record as superuser → exception with one sentence, or None
        :return: dict record id → exception; what the person cannot read is not told in it
        """
        # Automation runs as superuser with the person's id: what that person cannot see, the person does not act on.
        visible = self.sudo(False)._filtered_access('read')
        refusals = {}
        for record in self.sudo():
            if refusal := get_refusal(record) if record.id in visible._ids else self._get_unreadable_error():
                refusals[record.id] = refusal
        return refusals

    @api.model
    def _get_unreadable_error(self):
        """:return: exception that tells nothing of a record which the person cannot read"""
        return AccessError(self.env._("You do not have access to this order. Ask its salesperson or your manager."))

    @api.model
    def _check_refusals(self, refusals):
        """:raise Exception: the first of the refusals, so that all is done or nothing"""
        for refusal in refusals.values():
            raise refusal

    def _without(self, refusals):
        """:return: those of these records that nothing is said against"""
        return self.filtered(lambda record: record.id not in refusals)

    @api.model
    def _get_summary_notification(self, done, refusals):
        """What a batch that does what can be done tells.

        :param done: translated sentence that counts what was done
        :param refusals: dict record id → exception
        :return: a notification that names the rest
        """
        # Hundreds are decided in one go: what could not be done has to fit on the screen all the same.
        named = list(dict.fromkeys(str(error) for error in refusals.values()))
        if (more := len(named) - LISTED_REFUSALS) > 0:
            named = [*named[:LISTED_REFUSALS], self.env._("%(count)s more", count=more)]
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'warning' if refusals else 'success',
                'sticky': bool(refusals),
                'message': "\n".join([done, *named]),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }
