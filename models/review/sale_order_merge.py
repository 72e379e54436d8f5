from markupsafe import Markup

from odoo import api, models

from .sale_order_contents import CONTENT


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    @api.model
    def _get_partner_names(self):
        """:return: list of the commercial fields that name a contact"""
        return [name for name in self._get_commercial_fields() if self._fields[name].comodel_name == 'res.partner']

    def _get_partner_identities(self):
        """Who the contacts of these orders are.

        :return: dict order id → dict field name → ``Identity``
        """
        return {
            order.id: {name: order[name]._get_identity() for name in self._get_partner_names()} for order in self
        }

    def _follow_merged_partners(self, before, ids):
        """Contacts were merged: tell it on the orders, keep their approvals, and reopen those of another customer.

        :param before: value of :meth:`_get_partner_identities` before
        :param ids: dict id of a contact that is gone → id of the one that it is now
        """
        after = self._get_partner_identities()
        moved = self.filtered(lambda order: after[order.id] != before[order.id])
        if not moved:
            return
        moved._log_merged_partners(before, after)
        others = moved.filtered(lambda order: any(
            before[order.id][name].vat != identity.vat for name, identity in after[order.id].items()))
        # What is confirmed stays as it is.
        reopened = others.filtered(lambda order: order.state in ('draft', 'sent'))
        (moved - reopened)._rename_in_snapshots(ids, before, after)
        reopened._reopen_for_other_customer()

    def _log_merged_partners(self, before, after):
        bodies = {}
        for order in self:
            changes = [
                self.env._(
                    "%(field)s: %(before)s → %(after)s", field=self._fields[name]._description_string(self.env),
                    before=self._describe_identity(before[order.id][name]), after=self._describe_identity(identity))
                for name, identity in after[order.id].items() if identity != before[order.id][name]]
            bodies[order.id] = Markup("%s<ul>%s</ul>") % (
                self.env._("Contacts were merged. The order now refers to another contact:"),
                Markup().join(Markup("<li>%s</li>") % change for change in changes))
        self._message_log_batch(bodies=bodies, author_id=self.env.user.partner_id.id)

    @api.model
    def _describe_identity(self, identity):
        """:return: text such as “Blue Harbour Ltd (tax id GB 123)”"""
        if not identity.vat:
            return identity.name
        return self.env._("%(customer)s (tax ID %(vat)s)", customer=identity.name, vat=identity.vat)

    def _rename_in_snapshots(self, ids, before, after):
        """What was approved, confirmed and accepted stays so: its contacts have another id now.

        :param ids: dict id of a contact that is gone → id of the one that it is now
        :param before: value of :meth:`_get_partner_identities` before
        :param after: the same of now
        """
        for order in self.filtered(lambda order: not order._is_snapshot_closed()):
            contents = {
                name + CONTENT: (before[order.id][name].content, identity.content)
                for name, identity in after[order.id].items()}
            for record, name in order._get_snapshots():
                values = record[name]
                agreed = self._rename_partners(order, values.get('order', {}), ids)
                renamed = {
                    **values,
                    'order': agreed | {
                        key: new for key, (old, new) in contents.items() if key in agreed and agreed[key] == old},
                    'lines': {line_id: self._rename_partners(order.order_line, line, ids)
                              for line_id, line in values.get('lines', {}).items()},
                }
                if renamed != values:
                    record._write_guarded({name: renamed})

    @api.model
    def _rename_partners(self, records, values, ids):
        """:param records: of the model that the values are of
        :param values: dict field name → watched value
        :return: the same with the ids of contacts as they are now"""
        return {
            name: ids.get(value, value) if name in records._fields and records._fields[name].type == 'many2one'
            and records._fields[name].comodel_name == 'res.partner' else value
            for name, value in values.items()}

    def _is_snapshot_closed(self):
        """Hook: whether nothing is compared with what was approved of this order any more, and nothing changes."""
        self.ensure_one()
        return self.state == 'cancel'

    @api.model
    def _get_snapshot_fields(self):
        """:return: list of the names of the fields of orders that keep watched values"""
        return ['customer_confirmed_values']

    def _get_snapshots(self):
        """:return: list of (record, name of a field with watched values) of this order, those that are filled"""
        self.ensure_one()
        pairs = [(review, 'watched_values') for review in self.review_ids] + [
            (self, name) for name in self._get_snapshot_fields()]
        return [(record, name) for record, name in pairs if record[name]]

    def _reopen_for_other_customer(self):
        """These unconfirmed orders belong to somebody else now: who has looked at the customer looks again."""
        names = set(self._get_partner_names())
        approvals = self.review_ids.filtered(
            lambda review: review.state == 'approved' and not review.voided_at
            and names.intersection(review.stage_id._get_watched_names()[0]))
        approvals and approvals._void()
        self._forget_customer_confirmation()
        self._follow_change()
