from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    set_up_settlement_of_standard_policy(env)
    open_settlements(env)


def set_up_settlement_of_standard_policy(env):
    """The template is not written again by an update; policies that companies adopted stay as they are."""
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    if template and not template.settlement_days:
        template.write({'settlement_days': 30, 'settlement_tolerance': 1})


def open_settlements(env):
    """Open the settlements of orders that were fulfilled before there were any."""
    orders = env['sale.order'].search([('policy_id', '!=', False), ('fulfilment_state', '=', 'done')])
    env['order.settlement']._follow_orders(orders)
