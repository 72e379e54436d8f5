from odoo import models


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- chatter --------------------------------------------------------------------------------------

    def _track_finalize(self):
        self._read_message_dates()
        return super()._track_finalize()

    def _read_message_dates(self):
        """Read at once what core asks of the messages of one tracked order after the other.

        It looks among all messages of an order for the one that the note on its confirmation answers. An order that
        was reviewed has several, with their texts.
        """
        tracked = self.browse(self.env.cr.precommit.data.get(f'mail.tracking.{self._name}', ()))
        if governed := len(tracked) > 1 and tracked.sudo().filtered('policy_id'):
            self.env['mail.message'].sudo().search_fetch(
                [('model', '=', self._name), ('res_id', 'in', governed.ids)], ['message_type', 'date'])
