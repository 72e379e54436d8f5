from odoo import api, models
from odoo.tools import format_amount, format_date, format_datetime, formatLang, html2plaintext


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- values that were seen --------------------------------------------------------------------

    def _get_watched_values(self, line_filter=None):
        """The present values of all fields that stages of these orders watch, in comparable form.

        :param line_filter: function that tells which order lines count; all but sections and notes by default
        :return: dict order id → ``{"order": {field: value}, "lines": {"<line id>": {field: value}},
            "amount": untaxed amount, "currency": id}``; many2one as id, many2many as sorted ids, dates as ISO
            text. Amount and currency are for tolerances only and are no changes by themselves.
        """
        order_names, line_names = set(self._get_commercial_fields()), set(
            self.env['sale.order.line']._get_commercial_fields())
        for stage in self.sudo().policy_id.with_context(active_test=False).stage_ids:
            for names, watched in zip((order_names, line_names), stage._get_watched_names(), strict=True):
                names.update(watched)
        result = {}
        for order in self:
            # No filtered(): its result would be prefetched order by order.
            lines = [
                line for line in order.order_line
                if not line.display_type and (line_filter is None or line_filter(line))]
            result[order.id] = {
                'order': {name: self._to_watched_value(order, name) for name in sorted(order_names)},
                'lines': {
                    str(line.id): {name: self._to_watched_value(line, name) for name in sorted(line_names)}
                    for line in lines
                },
                'amount': round(order.amount_untaxed, 6),
                'currency': order.currency_id.id,
            }
        return result

    @api.model
    def _to_watched_value(self, record, name):
        value, field = record[name], record._fields[name]
        if field.relational:
            return value.id if field.type == 'many2one' else sorted(value.ids)
        if field.type in ('float', 'monetary'):
            return round(value, 6)
        if field.type in ('date', 'datetime'):
            return field.to_string(value) if value else False
        return str(value) if isinstance(value, str) else value

    def _describe_changes(self, before, after):
        """What differs between two states of watched values, for people.

        :param before: value of :meth:`_get_watched_values` for one order, or a stage's part of it
        :param after: the same, later
        :return: list of translated texts such as ``Unit Price (Chair): 12.00 → 10.50 EUR``, empty when equal
        """
        self.ensure_one()
        changes = [
            self._describe_change(self, name, before['order'].get(name), value)
            for name, value in after['order'].items() if before['order'].get(name) != value
        ]
        Line = self.env['sale.order.line'].sudo()
        for line_id in dict.fromkeys([*before['lines'], *after['lines']]):
            old, new = before['lines'].get(line_id), after['lines'].get(line_id)
            if old is None:
                changes.append(self.env._("New line: %(product)s", product=self._describe_line(line_id, new)))
            elif new is None:
                changes.append(self.env._("Line removed: %(product)s", product=self._describe_line(line_id, old)))
            else:
                changes += [
                    self._describe_change(Line.browse(int(line_id)), name, old.get(name), value,
                                          self._describe_line(line_id, new), self._get_unit(name, new, line_id))
                    for name, value in new.items() if old.get(name) != value
                ]
        return changes

    def _describe_line(self, line_id, values):
        product = self.env['product.product'].sudo().browse(values.get('product_id') or []).exists()
        return product.display_name or self.env['sale.order.line'].sudo().browse(int(line_id)).exists().name or line_id

    def _get_unit(self, name, values, line_id):
        """What numbers of a field of a line are counted in.

        :param name: name of the field
        :param values: the watched values of the line
        :param line_id: id of the line as text
        :return: translated text to put behind the number, empty where there is none
        """
        self.ensure_one()
        if name == 'price_unit':
            return self.currency_id.name
        if name == 'discount':
            return "%"
        if name == 'product_uom_qty':
            Uom = self.env['uom.uom'].sudo()
            uom = Uom.browse(values['product_uom_id']) if 'product_uom_id' in values else (
                self.env['sale.order.line'].sudo().browse(int(line_id)).exists().product_uom_id)
            return uom.exists().name or ""
        return ""

    def _describe_change(self, record, name, before, after, line=None, unit=""):
        field = record._fields[name]
        label = field._description_string(self.env)
        before, after = self._describe_value(field, before), self._describe_value(field, after)
        if unit:
            after = f"{after} {unit}"
        if line:
            return self.env._(
                "%(field)s (%(line)s): %(before)s → %(after)s", field=label, line=line, before=before, after=after)
        return self.env._("%(field)s: %(before)s → %(after)s", field=label, before=before, after=after)

    def _describe_value(self, field, value):
        if value in (None, False, []) and field.type != 'boolean':
            return "—"
        if field.relational:
            return ", ".join(self.env[field.comodel_name].sudo().browse(value).exists().mapped('display_name')) or "—"
        if field.type == 'monetary':
            return format_amount(self.env, value, self.currency_id)
        if field.type == 'float':
            return formatLang(self.env, value)
        if field.type == 'date':
            return format_date(self.env, value)
        if field.type == 'datetime':
            return format_datetime(self.env, value)
        if field.type == 'html':
            return html2plaintext(value)
        if field.type == 'selection':
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)
