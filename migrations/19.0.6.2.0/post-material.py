from openupgradelib import openupgrade


@openupgrade.migrate()
def migrate(env, version):
    # Companies decide with their next policy whether material is watched; who takes over the template has it.
    if template := env.ref('sale_order_lifecycle.policy_template_standard', raise_if_not_found=False):
        template.write({'watches_material': True})
