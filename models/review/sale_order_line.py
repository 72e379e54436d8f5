from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import ormcache

from ..mixins.mark import Mark

# Core adds lines of its own to confirmed orders, as whoever does its work.
CORE_ADDING = Mark('core_adding')


class SaleOrderLine(models.Model):
    _name = 'sale.order.line'
    _inherit = ['sale.order.line', 'order.guarded.mixin', 'order.computed.mixin']

    @api.model
    def _get_computed_left_out(self):
        # That of the order, which is compared.
        return super()._get_computed_left_out() | {'state'}

    def _get_guarded_fields(self):
        # What follows from quantity and price, whatever a client writes.
        return super()._get_guarded_fields() | {
            'price_subtotal', 'price_tax', 'price_total', 'price_reduce_taxexcl', 'price_reduce_taxinc',
            'qty_invoiced', 'qty_to_invoice', 'untaxed_amount_invoiced', 'untaxed_amount_to_invoice',
        }

    @api.model
    def _get_commercial_fields(self):
        """The commercial fields of a line: watched by stages that name none, frozen by confirmation.

        :return: sorted tuple of field names
        """
        return tuple(sorted({
            'discount', 'extra_tax_data', 'price_unit', 'product_custom_attribute_value_ids', 'product_id',
            'product_no_variant_attribute_value_ids', 'product_uom_id', 'product_uom_qty', 'tax_ids',
            *self._get_text_fields(), *self._get_section_fields(), *self._get_kind_fields(),
            *({'product_document_ids'} & self._fields.keys()),
        }))

    @api.model
    def _get_text_fields(self):
        """:return: set of the fields that hold what is written on an order and where, and no value"""
        return {'name', 'parent_id'}

    @api.model
    def _get_section_fields(self):
        """:return: set of the fields that say what a section or note is, and what it does to the lines below it"""
        return {'collapse_composition', 'collapse_prices', 'display_type', 'is_optional'}

    @api.model
    def _get_kind_fields(self):
        """Fields that make a line one of those that core adds. Most lines have none of them, and keep none.

        :return: set of field names
        """
        return {'combo_item_id', 'is_delivery', 'is_downpayment', 'is_expense'} & self._fields.keys()

    @api.model
    def _get_commercial_flags(self):
        """Fields that tell where a line stands and what it hangs on, beside the commercial ones."""
        return {'order_id', 'sequence', 'linked_line_id'}

    @api.model
    def _get_sales_fields(self):
        """Every field of a line of an order under policy that only sales staff write: what is sold, how it comes to the
        customer and when, and what core prices it by.

        :return: set of field names
        """
        return self._get_commercial_flags() | self._get_commercial_sources() | set(self._get_commercial_fields()) | {
            'customer_lead', 'route_ids', 'technical_price_unit'}

    @api.model
    @ormcache()
    def _get_commercial_sources(self):
        """:return: frozenset of the fields of a line that commercial ones of lines are computed from"""
        return self._find_fields_behind({(self._name, name) for name in self._get_commercial_fields()})

    def _is_frozen_by_confirmation(self):
        """Whether this line of a confirmed order holds what was approved.

        Core itself adds lines to confirmed orders: down payments and over-delivery (nothing ordered),
        freight, and what a repair needs. Those are not frozen. Override for more.
        """
        self.ensure_one()
        if self.display_type:
            # Sections and notes are what was agreed, too, but for the head that core puts above down payments.
            return not (self.is_downpayment and self.order_id.state == 'sale')
        return not (
            (not self.product_uom_qty and not self._is_agreed_without_quantity())
            or ('is_delivery' in self._fields and self.is_delivery and self.product_id.type == 'service')
            or self._is_repair_part()
        )

    def _is_agreed_without_quantity(self):
        """Whether the line was approved with its price and without a quantity, as work by the hour is."""
        self.ensure_one()
        return not self.product_uom_qty and not self.is_downpayment and any(
            str(self.id) in (review.watched_values or {}).get('lines', ())
            for review in self.sudo().order_id.review_ids if review.state == 'approved' and not review.voided_at)

    def _compute_name(self):
        # What was approved is not worded anew when something is hung on it.
        kept = self.filtered(
            lambda line: line._origin and line.order_id.policy_id and line.order_id.state == 'sale'
            and line._is_frozen_by_confirmation())
        return super(SaleOrderLine, self - kept)._compute_name()

    def _is_repair_part(self):
        """Whether a repair of this order brought the line in; it then has no other stock move."""
        moves = self.move_ids
        return bool(moves) and moves.repair_id.sale_order_id == self.order_id and all(
            move.repair_line_type and move.product_id == self.product_id for move in moves)

    @api.model
    def _search_agreed(self, domain):
        """:return: the lines of confirmed orders under policy that satisfy a Domain, as superuser"""
        return self.sudo().search(
            Domain(domain) & Domain('state', '=', 'sale') & Domain('order_id.policy_id', '!=', False))

    @api.model
    def _is_core_adding(self):
        """:return: whether core is just adding lines of its own to confirmed orders"""
        return CORE_ADDING.lies_on(self)

    # -- what may change ------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self._is_core_adding():
            lines._check_added_lines()
            lines._follow_added_lines()
        lines._log_added_lines()
        if not self._is_core_pricing():
            lines.sudo()._filter_loose()._check_added_price()
        # Forms send an empty list.
        if any(vals.get('invoice_lines') for vals in vals_list) or 'default_invoice_lines' in self.env.context:
            lines.sudo().filtered('invoice_lines').with_env(self.env)._check_invoice_links()
        return lines

    def write(self, vals):
        with self._hanging_lines_written_at_once(vals) as lines, lines._loose_prices_kept(vals), \
                lines._core_changes_logged(vals), lines._agreement_kept(vals):
            return super(SaleOrderLine, lines).write(vals)

    def unlink(self):
        with self._core_removals_logged(), self._removal_followed():
            return super().unlink()

    def _check_added_lines(self):
        """:raise AccessError: for lines that people add who are no sales staff
        :raise UserError: with the first confirmed order that would get lines which nobody has approved
        """
        self._check_commercial_right()
        for line in self.sudo():
            order = line.order_id
            if order.policy_id and order.state == 'sale' and line._is_frozen_by_confirmation():
                raise UserError(self.env._(
                    "%(order)s is confirmed with the approved lines, so “%(product)s” cannot be added. Enter a new "
                    "order for it, or cancel this one and submit it for review again.",
                    order=order.name, product=line.product_id.display_name or line.name))
        self._check_section_text()

    def _follow_added_lines(self):
        """Note who has added these lines, and evaluate the reviews of their orders again."""
        seen = self.order_id._get_values_before_change()
        for values in seen.values():
            values['lines'] = {key: line for key, line in values['lines'].items() if int(key) not in self._ids}
        self.order_id._note_editors(seen)
        self._follow_change()

    @contextmanager
    def _agreement_kept(self, vals):
        """While lines are written: what was approved stays in confirmed orders, and other orders follow the change.

        :param vals: what is written
        :raise AccessError: for people who are no sales staff
        :raise UserError: if a confirmed order would change
        """
        commercial = vals.keys() & set(self._get_commercial_fields()) | vals.keys() & (
            self._get_commercial_flags() | self._get_commercial_sources())
        if vals.keys() & self._get_sales_fields():
            self._check_commercial_right()
        orders = self.order_id
        frozen = orders._get_frozen_orders(commercial)
        before = frozen._get_frozen_values()
        computing = self._is_being_computed()
        seen = {} if computing else orders._get_values_before_change()
        if 'order_id' in vals and not computing:
            seen |= (self.env['sale.order'].browse(vals['order_id'] or []) - orders)._get_values_before_change()
        yield
        frozen._check_frozen_values(before)
        if commercial:
            self._check_commercial_right()
        if 'name' in vals:
            self._check_section_text()
        if 'order_id' in vals:
            self.filtered(lambda line: line.order_id not in frozen)._check_moved_line()
            orders |= self.order_id
        if not computing:
            orders._note_editors(seen)
            orders._follow_change()

    def _is_being_computed(self):
        """Whether core computes commercial values just now, as it does with the price when the quantity changes.

        Amounts are not up to date in the middle of it; the change that has caused it is followed afterwards.
        """
        watched = [self._fields[name] for name in self._get_commercial_fields()]
        return any(self.env.is_protected(field, line) for line in self for field in watched)

    @contextmanager
    def _removal_followed(self):
        """While lines are deleted: note who does it, and evaluate the reviews of their orders again afterwards."""
        orders = self.order_id
        seen = orders._get_values_before_change()
        yield
        orders._note_editors(seen)
        orders._follow_change()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_commercial(self):
        self._check_commercial_right()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        # Core lets some lines of confirmed orders go, and the database takes linked lines with them.
        removed = more = self.sudo()
        while more := more.linked_line_ids - removed:
            removed |= more
        for line in removed:
            order = line.order_id
            if order.policy_id and order.state == 'sale' and line._is_frozen_by_confirmation():
                raise order._get_frozen_error(self.env._(
                    "Line removed: %(product)s", product=line.product_id.display_name or line.name))

    def _check_section_text(self):
        """The head that core puts above the down payments of a confirmed order says what core lets it say.

        :raise UserError: if it says something else, unless a sales manager has written it
        """
        if self.env['sale.order']._may_correct_texts():
            return
        for line in self.sudo():
            order = line.order_id
            if line.display_type and line.is_downpayment and order.policy_id and order.state == 'sale':
                own = line.with_context(lang=order._get_lang())
                if line.name != own._get_downpayment_description():
                    raise order._get_frozen_text_error(line.name)

    def _check_moved_line(self):
        """A line that arrives in a confirmed order by changing its order is a new line there."""
        for line in self.sudo():
            if line.order_id.policy_id and line.order_id.state == 'sale' and line._is_frozen_by_confirmation():
                raise UserError(self.env._(
                    "%(order)s is confirmed, so lines cannot be moved to it. Enter a new order.",
                    order=line.order_id.name))

    def _check_commercial_right(self):
        """Only sales staff change what an order under policy sells.

        Core lets stock, manufacturing and invoicing users write every order line; what core does
        itself for them on lines that are not part of the agreement goes through.

        :raise AccessError: for other people
        """
        if self.env.su or self.env['sale.order']._is_lifecycle_sales():
            return
        for line in self.sudo():
            if line.order_id.policy_id and line._is_frozen_by_confirmation():
                raise line._get_right_error()

    def _check_text_right(self):
        """Of what core adds, too, the text is a matter of sales.

        :raise AccessError: for other people, with the first line of an order under policy
        """
        if self.env.su or self.env['sale.order']._is_lifecycle_sales():
            return
        for line in self.sudo():
            if line.order_id.policy_id:
                raise line._get_right_error()

    def _get_right_error(self):
        """:return: AccessError for people who are no sales staff"""
        self.ensure_one()
        return AccessError(self.env._(
            "Only sales staff can change what is sold with %(order)s. Ask %(person)s to do it.",
            order=self.order_id.name,
            person=self.order_id.user_id.name or self.env._("a member of the sales team")))

    def _follow_change(self):
        self.order_id._follow_change()
