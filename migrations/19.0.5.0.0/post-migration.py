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
    keep_rates(env)


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


def keep_rates(env):
    """Limits use the rate of the day of the last submission."""
    orders = env['sale.order'].search(
        Domain('policy_id', '!=', False) & (Domain('state', 'in', ('draft', 'sent')) | Domain(
            'release_outcome', '=', 'pending'))
        & Domain('review_state', 'in', ('in_review', 'approved')))
    for order in orders:
        if order.submitted_at and order.currency_id != order.company_id.currency_id:
            order._write_guarded({'limit_rate_date': order.submitted_at.date()})
