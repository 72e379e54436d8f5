"""What machine intake costs: orders through `submit_orders`, beside one plain `create` of the same in the same run.

Run it with `dev/bench intake`. The orders are those of dev/data/northwind; their customers, products, payment terms
and delivery addresses are in the database before. In turns, all orders are created with one call of `sale.order.create`
in a company without a policy, with the values that `submit_orders` would give them, and submitted with one call under
a policy in an equal company; each in a transaction of its own with cold caches, to the end of the commit.

    REPEAT=3             turns; the table has the medians
    ORDERS=830           how many of the orders
    BUDGET_RATIO=1.5     fails where submitting takes more than so many times the queries or the time of creating
"""

import os
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from scenario.csv_orders import COUNTRIES, PAYMENT_TERM, Files, get_login
from scenario.stage import Stage, seconds

from odoo import api
from odoo.fields import Command

DATA = Path(__file__).parent / "data/northwind"
PLAIN, POLICY = "Plain Ltd", "Policy Ltd"
CHANNEL = "northwind"


def setting(name, default, kind=int):
    value = os.environ.get(name)
    return kind(value) if value else default


class Bench(Stage):
    def __init__(self, registry):
        super().__init__(registry)
        self.files = Files(DATA)
        self.orders = self.files.orders[:setting("ORDERS", len(self.files.orders))]
        self.repeat = setting("REPEAT", 3)
        self.ratio = setting("BUDGET_RATIO", 1.5, float)
        self.companies = {}
        self.measures = defaultdict(list)  # what → list of (queries, seconds)

    def set_up(self):
        self.set_up_people()
        with self.acting() as env:
            companies = env["res.company"].create([{"name": PLAIN}, {"name": POLICY}])
            self.companies = {company.name: company.id for company in companies}
            env["res.users"].browse(self.users.values()).company_ids |= companies
            for row in self.files.employees:
                env["res.users"].with_context(no_reset_password=True).create({
                    "name": f"{row['first_name']} {row['last_name']}", "login": get_login(row["employee_id"]),
                    "company_id": companies[0].id, "company_ids": [Command.set(companies.ids)],
                    "group_ids": [Command.set([env.ref("sales_team.group_sale_salesman").id])],
                })
            env["account.payment.term"].create({
                "name": PAYMENT_TERM, "line_ids": [Command.create({
                    "value": "percent", "value_amount": 100, "nb_days": 30})]})
            env["product.product"].create([{
                "name": row["product_name"], "default_code": f"NW-{row['product_id']}", "type": "consu",
                "is_storable": True, "list_price": float(row["unit_price"]), "taxes_id": False,
            } for row in self.files.products])
            env["order.channel"].create([{
                "name": "Northwind", "code": CHANNEL, "kind": "platform", "company_id": company.id}
                for company in companies])
            self.countries = {
                country.name: country.code for country in env["res.country"].with_context(lang="en_US").search([])
            } | COUNTRIES
        with self.working("manager", POLICY) as env:
            env["order.policy"].create({"name": "Policy", "company_id": env.company.id}).action_adopt()
        # The customers of both companies come with orders of their own, which go again.
        with self.working("manager", PLAIN) as env:
            policy = env["order.policy"].create({"name": "Policy", "company_id": env.company.id})
            policy.action_adopt()
        self.payloads = [self.files.get_payload(row, self.countries) for row in self.orders]
        self.values = {}
        for company in (PLAIN, POLICY):
            with self.working("sales", company) as env:
                orders = self.submit(env, "first")
                if company == PLAIN:
                    self.values = [self.get_values(order) for order in orders]
        with self.working("manager", PLAIN) as env:
            env.company.order_policy_id.action_retire()

    @contextmanager
    def working(self, who, company):
        """An environment of one person in one company, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, self.users[who], {
                "lang": "en_US", "allowed_company_ids": [self.companies[company]]})

    def submit(self, env, turn):
        results = env["order.channel"].submit_orders(CHANNEL, [
            {**payload, "reference": f"{turn}-{payload['reference']}"} for payload in self.payloads])
        bad = [result for result in results if result["status"] != "created"]
        assert not bad, bad[:3]
        return env["sale.order"].sudo().browse([result["order_id"] for result in results])

    def get_values(self, order):
        """What `create` is given to make the same order."""
        names = ("partner_id", "partner_shipping_id", "payment_term_id", "user_id", "company_id")
        return {
            **{name: order[name].id for name in names},
            "commitment_date": order.commitment_date, "date_order": order.date_order,
            "order_line": [Command.create({
                "product_id": line.product_id.id, "product_uom_qty": line.product_uom_qty,
                "price_unit": line.price_unit, "discount": line.discount}) for line in order.order_line],
        }

    def measure(self, what, who, company, action):
        self.registry.clear_all_caches()
        with self.working(who, company) as env:
            queries, start = env.cr.sql_log_count, seconds()
            action(env)
            env.cr.commit()
            self.measures[what].append((env.cr.sql_log_count - queries, seconds() - start))

    def create(self, env):
        env["sale.order"].sudo().with_context(mail_create_nosubscribe=True).create(self.values)

    def run(self):
        for turn in range(self.repeat):
            pair = [
                ("create", self.create, PLAIN),
                ("submit_orders", lambda env, turn=turn: self.submit(env, f"turn{turn}"), POLICY),
            ]
            # The one that goes first finds other caches of the database than the one that follows.
            for what, action, company in pair if turn % 2 else reversed(pair):
                self.measure(what, "sales", company, action)
        self.measure("duplicates", "sales", POLICY, self.repeat_first)

    def repeat_first(self, env):
        results = env["order.channel"].submit_orders(CHANNEL, [
            {**payload, "reference": f"first-{payload['reference']}"} for payload in self.payloads])
        assert {result["status"] for result in results} == {"duplicate"}

    def report(self):
        count = len(self.orders)
        lines = sum(len(values["order_line"]) for values in self.values)
        print(f"\n{count} orders with {lines} lines in one call, medians of {self.repeat}; per order:\n")
        print(f"{'':<16}{'queries':>10}{'milliseconds':>15}")
        medians = {}
        for what, values in self.measures.items():
            medians[what] = [median(value[index] for value in values) for index in range(2)]
            print(f"{what:<16}{medians[what][0] / count:>10.2f}{1000 * medians[what][1] / count:>15.2f}")
        ratios = [medians["submit_orders"][index] / medians["create"][index] for index in range(2)]
        print(f"{'ratio':<16}{ratios[0]:>10.2f}{ratios[1]:>15.2f}")
        if max(ratios) > self.ratio:
            print(f"Over budget: {max(ratios):.2f} times where {self.ratio} are allowed")
            return 1
        return 0


def main(registry, argv):
    bench = Bench(registry)
    bench.set_up()
    bench.run()
    return bench.report()
