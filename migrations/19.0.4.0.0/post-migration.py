from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    set_up_intake_of_standard_policy(env)


def set_up_intake_of_standard_policy(env):
    """The template is not written again by an update; policies that companies adopted stay as they are."""
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    if template and not template.duplicate_days:
        template.duplicate_days = 3
