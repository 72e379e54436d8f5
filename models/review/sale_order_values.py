from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date, format_datetime, formatLang, html2plaintext

from ..mixins.mark import Work
from .sale_order_contents import CONTENT

_COMPARING = 'comparing_lines'


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- values that were seen --------------------------------------------------------------------

    @contextmanager
    def _lines_written_together(self, vals):
        """Lines that are written with their order are compared, and their changes followed, when all are written."""
        if 'order_line' not in vals or not any(order.policy_id for order in self):
            yield self
            return
        with self._lines_changed_at_once() as orders:
            yield orders

    @contextmanager
    def _lines_changed_at_once(self):
        """While lines of these orders are changed one after the other: what counts is what they are in the end.

        The block works with the orders that it is given, and with lines in their environment.
        """
        with self._changes_followed_at_end() as orders, orders._lines_compared_together() as orders:
            yield orders

    @contextmanager
    def _lines_compared_together(self):
        """Compare what has become of the lines of these orders when all of them are as they shall be.

        They are written one after the other: in between, a line may stand below another section for a moment. The
        block works with the orders that it is given.

        :raise UserError: if a line of a confirmed order stands elsewhere afterwards
        """
        frozen = self._get_frozen_orders({'order_line'})
        before, seen = frozen._get_frozen_values(), self._get_values_before_change()
        outer = Work.find(_COMPARING, self)
        with Work.begin(_COMPARING, self, (outer.ids if outer else set()).union(self.ids)) as work:
            yield work.put(self)
        self._note_editors(seen)
        after = frozen._get_frozen_values()
        for order in frozen:
            if changes := order._describe_changes(
                    self._pick_line_places(before[order.id]), self._pick_line_places(after[order.id])):
                raise order._get_frozen_error(changes[0])

    @api.model
    def _pick_line_places(self, watched):
        """:return: the part of watched values of an order that says where its lines stand"""
        return {'order': {}, 'lines': {
            line_id: {'parent_id': line.get('parent_id')} for line_id, line in watched['lines'].items()}}

    def _is_compared_as_a_whole(self):
        """:return: whether the lines of this order are being written together with others, and compared afterwards"""
        self.ensure_one()
        work = Work.find(_COMPARING, self)
        return bool(work) and self.id in work.ids

    def _get_watched_values(self, line_filter=None):
        """The present values of all fields that stages of these orders watch, in comparable form.

        :param line_filter: function that tells which order lines count; all of them by default
        :return: dict order id → ``{"order": {field: value}, "lines": {"<line id>": {field: value}},
            "amount": untaxed amount, "currency": id}``; many2one as id, many2many as sorted ids, custom values as
            sorted pairs of attribute value and text, dates as ISO text. Beside some records stands what they say, as
            ``<field>.content`` (see :meth:`_get_content_methods`). Amount and currency are for tolerances only and
            are no changes by themselves.
        """
        order_names, line_names = set(self._get_commercial_fields()), set(
            self.env['sale.order.line']._get_commercial_fields())
        for stage in self.sudo().policy_id.with_context(active_test=False).stage_ids:
            for names, watched in zip((order_names, line_names), stage._get_watched_names(), strict=True):
                names.update(watched)
        # Sections and notes are texts and nothing else; other lines are no sections.
        Line = self.env['sale.order.line']
        text_names = sorted(line_names & (Line._get_text_fields() | Line._get_section_fields()))
        kind_names = line_names & Line._get_kind_fields()
        value_names = sorted(line_names - Line._get_section_fields() - {'parent_id'})
        order_contents = self._get_content_names(self, sorted(order_names))
        line_contents = self._get_content_names(Line, value_names)
        result, known = {}, {}
        for order in self:
            # No filtered(): its result would be prefetched order by order.
            lines = [line for line in order.order_line if line_filter is None or line_filter(line)]
            places = self._get_line_places(lines)
            result[order.id] = {
                'order': {
                    **{name: self._to_watched_value(order, name) for name in sorted(order_names)},
                    **self._get_contents(order, order_contents, known),
                },
                'lines': {
                    str(line.id): {
                        'parent_id': places[line.id],
                        **{name: self._to_watched_value(line, name)
                           for name in (text_names if line.display_type else value_names)
                           if name != 'parent_id' and (name not in kind_names or line[name])},
                        **self._get_contents(line, () if line.display_type else line_contents, known),
                    }
                    for line in lines
                },
                'amount': round(order.amount_untaxed, 6),
                'currency': order.currency_id.id,
            }
        return result

    @api.model
    def _get_line_places(self, lines):
        """Where lines stand: what a section says goes for the lines below it, what a note says for the line above it.

        Core's own ``parent_id`` is no comparison: it keeps what it was when lines are moved.

        :param lines: list of ``sale.order.line`` of one order
        :return: dict line id → id of its section or subsection, of a note that of the line above it, or False
        """
        places, section, subsection, above = {}, False, False, False
        for line in sorted(lines, key=lambda line: (line.sequence, line._origin.id or 0)):
            if line.display_type == 'line_section':
                places[line.id] = False
                section, subsection = line.id, False
            elif line.display_type == 'line_subsection':
                places[line.id] = section
                subsection = line.id
            elif line.display_type:
                places[line.id] = above
                continue
            else:
                places[line.id] = subsection or section
            above = line.id
        return places

    @api.model
    def _to_watched_value(self, record, name):
        value, field = record[name], record._fields[name]
        if field.type == 'one2many':
            # What is entered in them, whatever rows hold it.
            return sorted(
                [row.custom_product_template_attribute_value_id.id, row.custom_value or ''] for row in value)
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
            for name, value in after['order'].items()
            if before['order'].get(name) != value and self._is_mentioned(name, before['order'], after['order'])
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
                    self._describe_change(Line.browse(int(line_id)), name, old.get(name), new.get(name),
                                          self._describe_line(line_id, new), self._get_unit(name, new, line_id))
                    for name in dict.fromkeys([*new, *old])
                    if old.get(name) != new.get(name) and self._is_mentioned(name, old, new)
                ]
        return changes

    @api.model
    def _is_mentioned(self, name, before, after):
        """:return: whether a difference in this field is told; other records have another content, which need not be"""
        owner = name.removesuffix(CONTENT)
        return owner == name or before.get(owner) == after.get(owner)

    def _describe_line(self, line_id, values):
        product = self.env['product.product'].sudo().browse(values.get('product_id') or []).exists()
        return (
            product.display_name or values.get('name')
            or self.env['sale.order.line'].sudo().browse(int(line_id)).exists().name or line_id)

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
        field = record._fields[name.removesuffix(CONTENT)]
        label = field._description_string(self.env)
        if field.name != name:
            label = self._describe_content(record[field.name], label)
            before, after = self._describe_contents(field.comodel_name, before, after)
        else:
            before, after = self._describe_value(field, before), self._describe_value(field, after)
        if unit:
            after = f"{after} {unit}"
        if line:
            return self.env._(
                "%(field)s (%(line)s): %(before)s → %(after)s", field=label, line=line, before=before, after=after)
        return self.env._("%(field)s: %(before)s → %(after)s", field=label, before=before, after=after)

    @api.model
    def _describe_content(self, records, label):
        """:return: translated text that names the records whose content has changed"""
        return self.env._(
            "%(field)s “%(record)s”", field=label,
            record=", ".join(records.sudo().mapped('display_name')) or "—")

    def _describe_value(self, field, value):
        if value in (None, False, []) and field.type != 'boolean':
            return "—"
        if field.type == 'one2many':
            Value = self.env['product.template.attribute.value'].sudo()
            return ", ".join(f"{Value.browse(row_id).exists().name}: {text}" for row_id, text in value)
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

    # -- who has changed what was seen ------------------------------------------------------------

    def _get_values_before_change(self):
        """The values of those orders that have been submitted, before the present person changes something.

        :return: dict order id → watched values, for :meth:`_note_editors`; empty where nobody has to be noted
        """
        user = self.env.user
        if user._is_superuser() or not user._is_internal():
            return {}
        submitted = self.sudo().filtered(
            lambda order: order.policy_id and order.review_round and order.state in ('draft', 'sent')
            and not order._is_compared_as_a_whole() and user not in order.review_editor_ids)
        return submitted._get_watched_values() if submitted else {}

    def _note_editors(self, before):
        """Keep that the present person has changed what a department watches: four eyes exclude such people.

        :param before: result of :meth:`_get_values_before_change`
        """
        if not before:
            return
        orders = self.sudo().browse(before).exists()
        after = orders._get_watched_values()
        changed = orders.filtered(lambda order: order._is_watched_change(before[order.id], after[order.id]))
        if changed:
            changed._write_guarded({'review_editor_ids': [fields.Command.link(self.env.uid)]})

    def _is_watched_change(self, before, after):
        """:return: whether a stage of the policy of this order watches something that differs; as superuser"""
        self.ensure_one()
        if all(before[part] == after[part] for part in ('order', 'lines')):
            return False
        for stage in self.policy_id.stage_ids.filtered('active'):
            old, new = stage._pick_watched_values(before), stage._pick_watched_values(after)
            if any(old[part] != new[part] for part in ('order', 'lines')):
                return True
        return False

    # -- texts of confirmed orders ----------------------------------------------------------------

    @api.model
    def _is_text_correction(self, before, after):
        """:return: whether two states of watched values of an order differ in the descriptions of lines only"""
        return (
            before['order'] == after['order'] and before['lines'].keys() == after['lines'].keys()
            and all(
                {**old, 'name': False} == {**after['lines'][line_id], 'name': False}
                for line_id, old in before['lines'].items()))

    @api.model
    def _may_correct_texts(self):
        """:return: whether the person corrects texts of confirmed orders; asked of ``env.user``"""
        return self.env.user.has_group('sales_team.group_sale_manager')

    def _get_frozen_text_error(self, change):
        """:param change: translated text of what would change
        :return: UserError"""
        return UserError(self.env._(
            "%(order)s is confirmed with the approved texts, so this cannot be changed: %(change)s. Ask a sales "
            "manager to correct it.", order=self.name, change=change))

    def _log_text_corrections(self, corrections):
        """Note on confirmed orders which texts the present person has corrected.

        :param corrections: dict order id → list of translated texts
        """
        if corrections:
            self.sudo().browse(corrections)._message_log_batch(bodies={
                order_id: Markup("%s<ul>%s</ul>") % (
                    self.env._("Texts of the confirmed order were corrected:"),
                    Markup().join(Markup("<li>%s</li>") % change for change in changes))
                for order_id, changes in corrections.items()
            }, author_id=self.env.user.partner_id.id)
