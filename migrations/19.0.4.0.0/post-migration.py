from odoo import SUPERUSER_ID, api
from odoo.fields import Domain


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    set_up_intake_of_standard_policy(env)
    tell_of_undecidable_reviews(env)


def set_up_intake_of_standard_policy(env):
    """The template is not written again by an update; policies that companies adopted stay as they are."""
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    if template and not template.duplicate_days:
        template.duplicate_days = 3


def tell_of_undecidable_reviews(env):
    """Reviews whose last reviewer went while they were pending were told to nobody until now."""
    env['order.review'].search(Domain('state', '=', 'pending'))._report_undecidable()
