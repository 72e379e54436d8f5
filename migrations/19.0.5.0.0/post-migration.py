from odoo import SUPERUSER_ID, api
from odoo.fields import Command, Domain

# Who reads all rows of a company; the departments have rules of their own now.
READERS = {
    'order_settlement_rule_all': (
        'sales_team.group_sale_salesman_all_leads', 'group_manager', 'group_archivist', 'group_assessor'),
    'order_ticket_rule_all': (
        'sales_team.group_sale_salesman_all_leads', 'group_aftersales', 'group_manager', 'group_archivist',
        'group_assessor'),
    'order_visit_rule_all': (
        'sales_team.group_sale_salesman_all_leads', 'group_aftersales', 'group_manager', 'group_archivist',
        'group_assessor'),
    'order_intake_waiver_rule_all': ('sales_team.group_sale_salesman_all_leads', 'group_manager'),
}


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    narrow_rules(env)
    forget_confirmations(env)
    keep_kits(env)
    orders = env['sale.order'].search(
        Domain('policy_id', '!=', False) & (Domain('state', 'in', ('draft', 'sent')) | Domain(
            'release_outcome', '=', 'pending'))
        & (Domain('review_state', 'in', ('in_review', 'approved')) | Domain('customer_confirmed_at', '!=', False)
           | Domain('customer_accepted_at', '!=', False)))
    complete_values(orders)
    keep_rates(orders.filtered(lambda order: order.review_state in ('in_review', 'approved')))


def narrow_rules(env):
    """The rules are not written again by an update."""
    for name, groups in READERS.items():
        if rule := env.ref(f'sale_order_lifecycle.{name}', raise_if_not_found=False):
            rule.groups = [Command.set([
                env.ref(group if '.' in group else f'sale_order_lifecycle.{group}').id for group in groups])]


def forget_confirmations(env):
    """An order that is no sales order keeps no date of its confirmation, so that the next one is judged anew."""
    env['sale.order'].search(
        Domain('policy_id', '!=', False) & Domain('state', '!=', 'sale') & Domain('confirmed_at', '!=', False)
    )._write_guarded({'confirmed_at': False})


def keep_kits(env):
    """Kits that nothing was delivered of consist of what was procured for them."""
    env['sale.order.line'].search(
        Domain('order_id.policy_id', '!=', False) & Domain('state', '=', 'sale')
        & Domain('move_ids.bom_line_id', '!=', False))._keep_kit_parts()


def complete_values(orders):
    """Texts, sections and custom values are watched from now on: what was approved or said before holds for those that
    the order has now, for nobody has watched them until now."""
    if not orders:
        return
    values = orders._get_watched_values()
    for review in orders.review_ids.filtered(lambda review: review.watched_values and not review.voided_at):
        present = review.stage_id._pick_watched_values(values[review.order_id.id])
        review._write_guarded({'watched_values': complete(review.watched_values, present)})
    customer = orders._get_customer_values()
    for order in orders:
        vals = {
            name: complete(order[name], present) for name, present in (
                ('customer_confirmed_values', customer[order.id]), ('customer_accepted_values', customer[order.id]),
                ('release_values', values[order.id]),
            ) if order[name] and 'lines' in order[name]
        }
        if vals:
            order._write_guarded(vals)
    for waiver in orders.waiver_ids.filtered(lambda row: row.seen_values and 'lines' in row.seen_values):
        waiver._write_guarded({'seen_values': complete(waiver.seen_values, customer[waiver.order_id.id])})


def complete(kept, present):
    """:return: kept values with what is present of fields, sections and notes that were not kept before"""
    lines = {key: dict(line) for key, line in kept['lines'].items()}
    for key, line in present['lines'].items():
        if key in lines:
            lines[key] = {**line, **lines[key]}
        elif line.get('display_type'):
            lines[key] = dict(line)
    return {**kept, 'order': {**present['order'], **kept['order']}, 'lines': lines}


def keep_rates(orders):
    """Limits use the rate of the day of the last submission."""
    for order in orders:
        if order.submitted_at and order.currency_id != order.company_id.currency_id:
            order._write_guarded({'limit_rate_date': order.submitted_at.date()})
