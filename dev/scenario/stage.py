"""What both demonstrations stand on: a company under the standard policy, its people, and a printed protocol."""

import time
from contextlib import contextmanager

from odoo import api, fields

# login → (name, groups); a role's login is its code, the last four work in Odoo's own applications
PEOPLE = {
    "sales": ("Sally Sales", "sales_team.group_sale_salesman_all_leads"),
    "production": ("Pia Production", "sale_order_lifecycle.group_production"),
    "logistics": ("Leo Logistics", "sale_order_lifecycle.group_logistics"),
    "finance": ("Fay Finance", "sale_order_lifecycle.group_finance"),
    "legal": ("Luc Legal", "sale_order_lifecycle.group_legal"),
    "purchasing": ("Paul Purchasing", "sale_order_lifecycle.group_purchasing"),
    "quality": ("Quinn Quality", "sale_order_lifecycle.group_quality"),
    "aftersales": ("Alma Aftersales", "sale_order_lifecycle.group_aftersales"),
    "manager": ("Mara Manager", "sale_order_lifecycle.group_manager"),
    "archivist": ("Ada Archive", "sale_order_lifecycle.group_archivist"),
    "assessor": ("Asa Assessor", "sale_order_lifecycle.group_assessor"),
    "buyer": ("Ben Buyer", "purchase.group_purchase_user,stock.group_stock_user"),
    "worker": ("Will Worker", "mrp.group_mrp_user"),
    "warehouse": ("Wanda Warehouse", "stock.group_stock_user"),
    "accountant": ("Amy Accounts", "account.group_account_invoice"),
}


def seconds():
    """Seconds of a clock that does not stop when a demonstration sets the date."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class Stage:
    """A scratch database with its people; every step runs as one of them and is printed."""

    def __init__(self, registry):
        self.registry = registry
        self.users = {}

    @contextmanager
    def acting(self, who=None):
        """An environment of one person, committed at the end; without a name the superuser's."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, self.users[who] if who else api.SUPERUSER_ID, {"lang": "en_US"})

    @contextmanager
    def step(self, text, who):
        """As :meth:`acting`, and prints what was done, by whom and how long it took.

        :param who: a login of PEOPLE, or the name of somebody outside
        """
        start = seconds()
        with self.acting(who if who in PEOPLE else None) as env:
            yield env
        name = PEOPLE[who][0] if who in PEOPLE else who
        print(f"  {text:<66} {name:<16} {seconds() - start:7.2f} s", flush=True)

    def set_up_people(self):
        with self.acting() as env:
            for login, (name, groups) in PEOPLE.items():
                self.users[login] = env["res.users"].with_context(no_reset_password=True).create({
                    "name": name, "login": login, "password": login, "email": f"{login}@example.com",
                    "group_ids": [(6, 0, [env.ref(group).id for group in ("base.group_user", *groups.split(","))])],
                }).id

    def find_people(self):
        """Take the people who are in the database already."""
        with self.acting() as env:
            self.users = {user.login: user.id for user in env["res.users"].search([("login", "in", list(PEOPLE))])}

    def set_up(self):
        """People, then the standard policy, adopted by the manager through the wizard."""
        self.set_up_people()
        with self.acting() as env:
            roles = env["order.role"].search([])
            departments = dict(zip(
                roles.mapped("code"), env["hr.department"].create([{"name": role.name} for role in roles]).ids))
        with self.step("Adopt the standard policy", "manager") as env:
            wizard = env["order.policy.adopt"].create({
                "template_id": env.ref("sale_order_lifecycle.policy_template_standard").id,
                "company_id": env.company.id,
            })
            for line in wizard.line_ids:
                line.department_id = departments[line.role_id.code]
                line.user_id = self.users.get(line.role_id.code)
            wizard.interpreting_department_id = departments["sales"]
            wizard.action_adopt()

    def deliver(self, pickings):
        pickings.action_assign()
        for move in pickings.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        pickings.with_context(skip_sms=True).button_validate()

    def invoice(self, orders, grouped=True):
        """Invoice what can be invoiced, and post it.

        :param grouped: an invoice for each order, also where several are of the same customer
        :return: `account.move`
        """
        invoices = orders._create_invoices(grouped=grouped, final=True)
        invoices.invoice_date = fields.Date.today()
        invoices.action_post()
        return invoices

    def pay(self, invoices):
        """Enter a payment of each invoice in full."""
        invoices.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids,
        ).create({"group_payment": False})._create_payments()

    def approve(self, orders, planned_dates):
        """Every department decides what waits for it, until nothing does.

        :param orders: `sale.order`
        :param planned_dates: function of an order that returns the date a department plans
        :return: list of (role name, number of reviews) in the order of the decisions
        """
        done = []
        env = orders.env
        while pending := env["order.review"].search([("order_id", "in", orders.ids), ("state", "=", "pending")]):
            for role, reviews in pending.grouped("role_id").items():
                own = reviews.with_user(self.users[role.code]).sudo(False)
                for review in own.filtered(lambda review: review.requires_plan != "none"):
                    review.planned_date = planned_dates(review.sudo().order_id)
                own.check_ids.result = "ok"
                own.action_approve()
                done.append((role.name, len(reviews)))
        return done
