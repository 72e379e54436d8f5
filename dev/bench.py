"""What a policy costs: orders registered, reviewed in three stages and confirmed, beside plain Odoo in the same run.

Run it with `make bench`. Two equal companies take turns, batch by batch: one without a policy creates and confirms
its orders, one under a policy also registers, submits and approves them. Each step is a transaction of its own with
cold caches; its queries and its time count to the end of the commit. The table has the medians of the batches.

    ORDERS=300               orders on each side, each time
    BATCH=                   orders in each call; all of them where nothing is said
    REPEAT=5                 how often all of it is done
    BUDGET_REVIEW=1.5        fails above so many queries an order for the submission and three approvals together; the
                             queries are a call's and not an order's, so that calls of fewer orders are allowed more
    BUDGET_CONFIRM=1         fails above so many queries that the policy adds to the confirmation of an order
    BUDGET_CONFIRM_TIME=1.05 fails where a confirmation under policy takes so many times the time of a plain one
    BUDGET_QUERIES=          fails above so many queries that the policy adds to an order on its whole way
    BUDGET_MS=               fails above so many milliseconds that it adds
    BUDGET_GROWTH=           fails where a step adds more queries than that with every further order of a call

A budget of `no` is not looked at. Quick: ORDERS=60 REPEAT=2. Times need a quiet machine.
"""

import os
import time
from collections import defaultdict
from contextlib import contextmanager
from statistics import median

from scenario.stage import Stage, seconds

from odoo import api, fields

PLAIN, POLICY = "Plain Ltd", "Policy Ltd"
STAGES = ("sales", "finance", "legal")
# step → who does it there; None where there is no such step
STEPS = {"create": (PLAIN, POLICY), "register": (POLICY,), "submit": (POLICY,)}
STEPS |= {f"approve as {role}": (POLICY,) for role in STAGES}
REVIEW = [step for step in STEPS if step == "submit" or step.startswith("approve")]
STEPS |= {"confirm": (PLAIN, POLICY)}
SMALL_BATCHES = 3


def setting(name, default=None):
    return int(os.environ.get(name) or default)


def get_budget(name, default=None):
    """A limit; None where nothing is asked for."""
    value = os.environ.get(f"BUDGET_{name}") or default
    return None if value in (None, "no") else float(value)


class Bench(Stage):
    def __init__(self, registry):
        super().__init__(registry)
        self.orders = setting("ORDERS", 300)
        self.batch = min(setting("BATCH", self.orders), self.orders)
        self.small = max(1, self.batch // 10)
        self.repeat = setting("REPEAT", 5)
        self.companies = {}
        # (size of the batch, company, step) → list of (queries, seconds, seconds of Odoo's processor) of the batch
        self.measures = defaultdict(list)

    # -- two equal companies ----------------------------------------------------------------------------

    def set_up(self):
        self.set_up_people()
        with self.acting() as env:
            customer = env["res.partner"].create({"name": "Blue Harbour Hotel", "phone": "+44 20 7946 0000"})
            term = env["account.payment.term"].create({
                "name": "30 Days Net", "line_ids": [(0, 0, {
                    "value": "percent", "value_amount": 100, "nb_days": 30})]})
            products = env["product.product"].create([
                {"name": f"Lamp {number}", "type": "consu", "is_storable": True, "list_price": 10 + number,
                 "taxes_id": False} for number in range(10)
            ] + [{"name": "Installation", "type": "service", "list_price": 60, "taxes_id": False}])
            companies = env["res.company"].create([{"name": PLAIN}, {"name": POLICY}])
            self.companies = {company.name: company.id for company in companies}
            env["res.users"].browse(self.users.values()).company_ids |= companies
            for warehouse in env["stock.warehouse"].create([
                {"name": company.name, "code": company.name[:5], "company_id": company.id} for company in companies
            ]):
                for product in products[:-1]:
                    env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 10 ** 6)
            policy = companies.filtered(lambda company: company.name == POLICY)
            policy.order_channel_id = env["order.channel"].create({
                "name": "Phone", "code": "phone", "kind": "phone", "company_id": policy.id})
            self.customer_id, self.term_id, self.product_ids = customer.id, term.id, products.ids
        with self.working("manager", POLICY) as env:
            env["order.policy"].create({
                "name": "Three stages", "company_id": env.company.id,
                "stage_ids": [(0, 0, {
                    "name": role, "sequence": 10 * number,
                    "role_id": env["order.role"].search([("code", "=", role)]).id,
                }) for number, role in enumerate(STAGES)],
            }).action_adopt()

    @contextmanager
    def working(self, who, company):
        """An environment of one person in one company, committed at the end."""
        with self.registry.cursor() as cr:
            context = {"lang": "en_US", "allowed_company_ids": [self.companies[company]]}
            yield api.Environment(cr, self.users[who], context)

    # -- the steps --------------------------------------------------------------------------------------

    def get_values(self, number):
        lines = [self.product_ids[number % 10], self.product_ids[(number + 3) % 10], self.product_ids[-1]]
        return {
            "partner_id": self.customer_id, "payment_term_id": self.term_id,
            "commitment_date": fields.Datetime.add(fields.Datetime.now(), days=14),
            "order_line": [(0, 0, {"product_id": product_id, "product_uom_qty": 2}) for product_id in lines],
        }

    def do(self, step, env, order_ids, size):
        """One step of one batch.

        :return: the ids of the orders
        """
        if step == "create":
            return env["sale.order"].create([self.get_values(number) for number in range(size)]).ids
        if step.startswith("approve"):
            env["order.review"].search([("order_id", "in", order_ids), ("state", "=", "pending")]).action_approve()
            return order_ids
        orders = env["sale.order"].browse(order_ids)
        {"register": orders.action_register, "submit": orders.action_submit_review,
         "confirm": orders.action_confirm}[step]()
        return order_ids

    def take(self, company, size):
        """One batch on its whole way in one company."""
        order_ids = []
        for step, companies in STEPS.items():
            if company not in companies:
                continue
            who = step.split()[-1] if step.startswith("approve") else "sales"
            self.registry.clear_all_caches()
            with self.working(who, company) as env:
                queries, start, worked = env.cr.sql_log_count, seconds(), time.process_time()
                order_ids = self.do(step, env, order_ids, size)
                env.cr.commit()
                self.measures[size, company, step].append(
                    (env.cr.sql_log_count - queries, seconds() - start, time.process_time() - worked))
        with self.acting() as env:
            states = set(env["sale.order"].browse(order_ids).mapped("state"))
            assert states == {"sale"}, f"Orders of {company} are {states} at the end"

    def run(self):
        sizes = [self.batch] * (self.repeat * self.orders // self.batch) + [self.small] * SMALL_BATCHES
        for company in (PLAIN, POLICY):
            self.take(company, 1)  # what is kept between requests
        self.measures.clear()
        for turn, size in enumerate(sizes):
            # The one that goes first finds other caches of the database than the one that follows.
            for company in (PLAIN, POLICY) if turn % 2 else (POLICY, PLAIN):
                self.take(company, size)

    # -- the result -------------------------------------------------------------------------------------

    def get(self, size, company, step, what):
        """Median of a measure of a whole batch: 0 queries, 1 seconds, 2 of them Odoo's own; 0 without such a step."""
        values = self.measures.get((size, company, step))
        return median(value[what] for value in values) if values else 0

    def get_added(self, size, step, what):
        return self.get(size, POLICY, step, what) - self.get(size, PLAIN, step, what)

    def get_growth(self, step):
        """Queries that the policy adds with every further order of a call."""
        if self.batch == self.small:
            return 0
        return (self.get_added(self.batch, step, 0) - self.get_added(self.small, step, 0)) / (self.batch - self.small)

    def report(self):
        count = self.repeat * self.orders // self.batch
        print(f"\n{count} batches of {self.batch} orders with 3 lines each on both sides, medians; per order:\n")
        print(f"{'':<18} {'queries':>30}     {'milliseconds':>32}   {'growth of':>10}")
        print(f"{'step':<18} {'plain':>8} {'policy':>8} {'added':>8} {'ratio':>6}"
              f"    {'plain':>8} {'policy':>8} {'added':>8} {'ratio':>6}   {'queries':>10}")
        totals = [[0, 0], [0, 0]]
        for step in STEPS:
            row = []
            for what, factor in ((0, 1), (1, 1000)):
                plain, policy = (self.get(self.batch, company, step, what) * factor / self.batch
                                 for company in (PLAIN, POLICY))
                totals[what][0] += plain
                totals[what][1] += policy
                row.append((plain, policy))
            self.print_row(step, row, f"{self.get_growth(step):10.2f}")
        self.print_row("the whole way", totals, "")
        print(f"""
plain: create and confirm in a company without a policy. growth: the queries that the policy adds to a batch of
{self.batch} less those of one of {self.small}, by order: 0 where it costs the same for any number of orders.""")
        return self.check(*(policy - plain for plain, policy in totals))

    @staticmethod
    def print_row(name, row, growth):
        cells = [f"{plain:8.2f} {policy:8.2f} {policy - plain:8.2f} " + (f"{policy / plain:6.2f}" if plain else " " * 6)
                 for plain, policy in row]
        print(f"{name:<18} {cells[0]}    {cells[1]}   {growth}", flush=True)

    def check(self, queries, milliseconds):
        """Print what the budgets are about.

        :return: the exit status: whether one of them is broken
        """
        times, work = (
            self.get(self.batch, POLICY, "confirm", what) / self.get(self.batch, PLAIN, "confirm", what)
            for what in (1, 2))
        figures = [
            ("REVIEW", str(1.5 * max(1, 300 / self.batch)), "queries an order for submission and three approvals",
             sum(self.get(self.batch, POLICY, step, 0) for step in REVIEW) / self.batch),
            ("CONFIRM", "1", "queries added to the confirmation of an order",
             self.get_added(self.batch, "confirm", 0) / self.batch),
            ("CONFIRM_TIME", "1.05", "times the time of a plain confirmation"
             f" (Odoo's own work, without the database: {work:.2f})", times),
            ("QUERIES", None, "queries added to an order on its whole way", queries),
            ("MS", None, "milliseconds added to an order on its whole way", milliseconds),
            ("GROWTH", None, "queries of growth per order in a step", max(map(self.get_growth, STEPS))),
        ]
        print()
        broken = False
        for name, default, what, found in figures:
            budget = get_budget(name, default)
            if budget is None:
                continue
            over = found > budget
            broken |= over
            print(f"{'OVER BUDGET' if over else 'ok':<12}{found:6.2f} {what} ({budget:g} allowed)")
        return int(broken)


def main(registry, argv):
    bench = Bench(registry)
    bench.set_up()
    bench.run()
    return bench.report()
