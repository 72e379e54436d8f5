from contextlib import contextmanager

from odoo import models


class SaleOrderLine(models.Model):
    """Several lines that are written one after the other are judged when all of them are as they shall be.

    Ten pieces more here and ten less there are no change of the sum. Whoever judged line by line would void, for good,
    approvals of a sum that was never meant.
    """
    _inherit = 'sale.order.line'

    @contextmanager
    def _written_at_once(self):
        """While these lines are written one by one: their orders are compared, and followed, in the end.

        The block works with the lines that it is given.
        """
        orders = self.order_id
        if not any(order.policy_id for order in orders):
            yield self
            return
        with orders._lines_changed_at_once() as orders:
            # What lies in the context of the caller stays there: lines that are made take their defaults from it.
            yield self.with_context(**orders.env.context)

    @contextmanager
    def _hanging_lines_written_at_once(self, vals):
        """While lines are written: those that hang on them, and are written in between, are judged with them.

        :param vals: what is written
        """
        if not any(
            field.comodel_name == self._name and field.type in ('one2many', 'many2many')
            for name in vals if (field := self._fields.get(name))
        ):
            yield self
            return
        with self._written_at_once() as lines:
            yield lines

    def web_save_multi(self, vals_list, specification):
        with self._written_at_once() as lines:
            super(SaleOrderLine, lines).web_save_multi(vals_list, {})
        return self.with_context(bin_size=True).web_read(specification)

    def web_resequence(self, specification, field_name='sequence', offset=0):
        with self._written_at_once() as lines:
            result = super(SaleOrderLine, lines).web_resequence({}, field_name, offset)
        return result and self.web_read(specification)

    def _load_records(self, data_list, update=False):
        # What a file changes; those that it adds are known to no department.
        known = self.browse(data['values']['id'] for data in data_list if data['values'].get('id'))
        rows = self.env['ir.model.data'].sudo()._lookup_xmlids(
            [data['xml_id'] for data in data_list if data.get('xml_id')], self)
        known |= self.browse(row[4] for row in rows if row[3] == self._name)
        with known.exists()._written_at_once() as lines:
            return super(SaleOrderLine, self.with_context(**lines.env.context))._load_records(
                data_list, update=update).with_env(self.env)
