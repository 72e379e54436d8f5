from odoo import models
from odoo.exceptions import MissingError

from ..mixins.mark import is_system

# With these in the context, which a client may send, a message does more than to say something.
_MARKING = ('mail_post_autofollow', 'mark_so_as_sent')


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- chatter --------------------------------------------------------------------------------------

    def message_post(self, **kwargs):
        self._check_one()
        orders = self
        if any(self.env.context.get(flag) for flag in _MARKING) and self._is_post_of_others():
            orders = self.with_context(mark_so_as_sent=False)
            if not self._is_lifecycle_sales():
                # Whom a message is sent to follows the order, as the client says.
                orders = orders.with_context(mail_post_autofollow=False)
        return super(SaleOrder, orders).message_post(**kwargs)

    def _is_post_of_others(self):
        """Whether superuser code posts for a person on orders under policy, as Mail's routes do for everybody who
        reads the order or has its link, in whatever context the client sends. The user who sends a quotation is the
        author of the message.

        :return: bool
        """
        return self.env.su and not is_system(self) and any(order.policy_id for order in self)

    def _discard_tracking(self):
        # Core keeps no record of what somebody takes from the catalog for a draft; this one is with the departments.
        return super()._discard_tracking() and not (self.sudo().policy_id and self.sudo().review_round)

    def _track_finalize(self):
        self._read_message_dates()
        return super()._track_finalize()

    def _read_message_dates(self):
        """Read at once what core asks of the messages of one order after the other whose change of state it notes.

        It looks among all messages of the order for the one that its note answers. An order that was reviewed has
        several of them, which it would read with their texts.
        """
        initial = {
            order_id: values['state']
            for order_id, values in self.env.cr.precommit.data.get(f'mail.tracking.{self._name}', {}).items()
            if values and 'state' in values
        }
        try:
            changed = self.browse(initial).sudo().filtered(
                lambda order: order.policy_id and order.state != initial[order.id])
        except MissingError:
            return  # one is deleted meanwhile: this was only to be quick
        if len(changed) > 1:
            self.env['mail.message'].sudo().search_fetch(
                [('model', '=', self._name), ('res_id', 'in', changed.ids)], ['message_type', 'date'])
