from odoo import SUPERUSER_ID, api
from odoo.fields import Domain


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    keep_kits(env)
    complete_values(env)


def keep_kits(env):
    """Kits that nothing was delivered of consist of what was procured for them."""
    env['sale.order.line'].search(
        Domain('order_id.policy_id', '!=', False) & Domain('state', '=', 'sale')
        & Domain('move_ids.bom_line_id', '!=', False))._keep_kit_parts()


def complete_values(env):
    """Texts, sections, custom values, files and what terms, taxes, units and customers say are watched from now on:
    what was approved or said before holds for those that the order has now, for nobody has watched them until now."""
    orders = env['sale.order'].search(
        Domain('policy_id', '!=', False) & (Domain('state', 'in', ('draft', 'sent')) | Domain(
            'release_outcome', '=', 'pending'))
        & (Domain('review_state', 'in', ('in_review', 'approved')) | Domain('customer_confirmed_at', '!=', False)
           | Domain('customer_accepted_at', '!=', False)))
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
