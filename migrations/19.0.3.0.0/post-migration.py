from odoo import SUPERUSER_ID, api
from odoo.fields import Domain


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    set_up_intake_of_standard_policy(env)
    watch_open_reviews(env)
    let_finance_set_conditions(env)
    tell_customers_under_standard_policy(env)


def watch_open_reviews(env):
    """Plan reminder and escalation of the reviews that are pending; those whose turn it is know of them already."""
    reviews = env['order.review'].search(Domain('state', '=', 'pending'))
    reviews._plan_deadline()
    reviews.write({'notified_at': env.cr.now()})


def let_finance_set_conditions(env):
    """The stages of the template are not written again by an update; policies of companies stay as they are."""
    for name in ('finance', 'payment'):
        stage = env.ref(f'sale_order_lifecycle.policy_template_standard_stage_{name}', raise_if_not_found=False)
        if stage:
            stage.may_set_condition = True


def tell_customers_under_standard_policy(env):
    """The template is not written again by an update; policies that companies adopted stay as they are."""
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    if template:
        template.notify_customer_on_confirmation = True


def set_up_intake_of_standard_policy(env):
    """The template is not written again by an update; policies that companies adopted stay as they are."""
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    if template and not template.duplicate_days:
        template.duplicate_days = 3
