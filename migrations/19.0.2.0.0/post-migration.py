from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    set_up_settlement_of_standard_policy(env)
    open_settlements(env)
    give_archive_rules(env)
    prepare_aftersales(env)


def set_up_settlement_of_standard_policy(env):
    """The template is not written again by an update; policies that companies adopted stay as they are."""
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    if template and not template.settlement_days:
        template.write({'settlement_days': 30, 'settlement_tolerance': 1})


def open_settlements(env):
    """Open the settlements of orders that were fulfilled before there were any."""
    orders = env['sale.order'].search([('policy_id', '!=', False), ('fulfilment_state', '=', 'done')])
    env['order.settlement']._follow_orders(orders)


def give_archive_rules(env):
    """Companies that adopted a policy before there were archive rules get those of the standard template."""
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    policies = env['order.policy'].with_context(active_test=False).search([
        ('company_id', '!=', False), ('archive_rule_ids', '=', False)])
    if template and policies:
        env['order.archive.rule'].create([
            {**vals, 'policy_id': policy.id} for policy in policies for vals in template.archive_rule_ids.copy_data()])


def prepare_aftersales(env):
    """Companies with a policy in force get what an adoption makes: a team and a numbering of tickets."""
    companies = env['order.policy'].search([('state', '=', 'in_force')]).company_id
    env['order.ticket.team']._create_standard_teams(companies)
    env['order.ticket']._create_sequences(companies)
    # The template is data that is not updated; policies in force stay as they were adopted.
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    if template and not template.visit_delay_days:
        template.visit_delay_days = 14
