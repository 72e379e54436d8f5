from openupgradelib import openupgrade


@openupgrade.migrate()
def migrate(env, version):
    # The template asks for progress reports like that of a new database; policies of companies stay as they are.
    template = env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False)
    if template and not template.progress_interval_days and not template.progress_hours:
        template.write({'progress_interval_days': 5, 'progress_hours': 8})
