from odoo import Command

from ..common import LifecycleCommon


class PolicyCommon(LifecycleCommon):
    """A new company without a policy, one person per role in it, and nothing of later rooms."""

    @classmethod
    def _set_up_users(cls):
        cls.company = cls._new_company("First Company")
        super()._set_up_users()
        cls.template = cls.env.ref('sale_order_lifecycle.policy_template_standard')
        cls.admin = cls._new_user('admin', 'base.group_system,sale_order_lifecycle.group_manager')

    @classmethod
    def _set_up_policy(cls):
        cls.policy = cls._new_policy()

    @classmethod
    def _set_up_products(cls):
        cls.product_service = cls._new_product("Installation", type='service', list_price=80)

    @classmethod
    def _new_policy(cls, company=None, **vals):
        company = company or cls.company
        return cls.env['order.policy'].create({
            'name': f"Policy of {company.name}",
            'company_id': company.id,
            'responsibility_ids': [Command.create({'role_id': cls._role(code).id}) for code in ('sales', 'finance')],
            **vals,
        })

    @classmethod
    def _new_quotation(cls, company=None, **vals):
        """A quotation with one line, in the test's own environment."""
        company = company or cls.company
        return cls.env['sale.order'].with_company(company).create({
            'partner_id': cls.partner.id, 'company_id': company.id,
            'order_line': [Command.create({'product_id': cls.product_service.id, 'product_uom_qty': 1})],
            **vals,
        })
