"""Puts the companies of a database under policy, also those that are made later in the same process.

The policy is the standard template with what it leaves off switched on: inspections are required, incidents found.
"""

MANAGER = "policy_of_tests"


def adopt(companies):
    """:param companies: ``res.company`` as superuser, without a policy"""
    env = companies.env
    manager = env["res.users"].with_context(active_test=False).search([("login", "=", MANAGER)])
    manager.company_ids |= companies
    template = env.ref("sale_order_lifecycle.policy_template_standard")
    for company in companies:
        policy = template.with_company(company).copy({
            "company_id": company.id, "require_inspection": True, "detects_incidents": True})
        policy.with_user(manager).with_company(company).action_adopt()


def adopt_everywhere():
    """Adopt in the companies of this process's database, and let those follow that are made from now on."""
    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    registry = Registry(config["db_name"][0])
    with registry.cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        # Somebody of whom no test knows, so that nobody that tests look at has more rights.
        env["res.users"].with_context(no_reset_password=True).create({
            "name": "Manager of the Policies", "login": MANAGER,
            "group_ids": [(6, 0, [
                env.ref("base.group_user").id, env.ref("sale_order_lifecycle.group_manager").id])],
        })
        adopt(env["res.company"].search([]))
    company_class = registry["res.company"]

    @odoo.api.model_create_multi
    def create(self, vals_list):
        companies = super(company_class, self).create(vals_list)
        adopt(companies.sudo().with_user(odoo.api.SUPERUSER_ID))
        return companies

    company_class.create = create
