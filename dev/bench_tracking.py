"""What is asked, inspected and told between the acceptance and the delivery, and whether it is within its budgets.

Run it with `make bench`, or by itself with `dev/bench tracking`. Two equal companies beside the plain one of bench.py:
one under a policy without inspection plans, one under a policy with plans for what is received, other products than
those that are delivered. Each step is a transaction of its own, done with few records and with many; its queries and
its time count to the end of the commit. Caches are cold, but where two companies are compared: who delivers all day
asks once.

    REPEAT=3                  how often receipts and deliveries are done; their times are medians
    BUDGET_GROWTH=            queries that a step may cost with every further record: as the table below says for each
    BUDGET_GROWTH_RECEIPT=0.5 queries that inspections may add to the receipt of every further move
    BUDGET_DELIVERY=0         fails above so many queries that the policy's inspections add to deliveries without a plan
    BUDGET_DELIVERY_TIME=1.1  fails where these take so many times the time of those where nothing is inspected at all
    BUDGET_RECEIPT_TIME=3     fails where a receipt with inspections takes so many times the time of one without

A budget of `no` is not looked at. Times need a quiet machine.
"""

import time
from statistics import median
from unittest.mock import patch

from bench import PLAIN, POLICY, STEPS, Bench, get_budget, setting
from freezegun import freeze_time
from scenario.stage import seconds

from odoo import fields

INSPECTED = "Inspected Ltd"
# Numbers of moves that are received, with and without inspections.
RECEIPTS = (5, 50)
# step → (number of records in the small run, in the large one, queries allowed for each further one): nothing more for
# more, but for what Odoo writes in the chatter of each record whose state changes, a message and a tracked value.
SIZES = {
    "open progress requests": (50, 500, 0.1),
    "progress of orders": (20, 200, 0.1),
    "timeline of orders": (1, 80, 0.1),
    "pass inspections": (5, 50, 2),
}


class TrackingBench(Bench):
    def __init__(self, registry):
        super().__init__(registry)
        self.repeat = setting("REPEAT", 3)
        self.found = {}  # (step, number of records) → (queries, seconds)

    # -- the companies ----------------------------------------------------------------------------------

    def set_up(self):
        super().set_up()
        with self.acting() as env:
            self.companies[INSPECTED] = company_id = env["res.company"].create({"name": INSPECTED}).id
            company = env["res.company"].browse(company_id)
            env["res.users"].browse(self.users.values()).company_ids |= company
            warehouse = env["stock.warehouse"].create({
                "name": INSPECTED, "code": "INSP", "company_id": company_id})
            products = env["product.product"].browse(self.product_ids[:-1])
            for product in products:
                env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 10 ** 6)
            parts = env["product.product"].create([
                {"name": f"Part {number}", "type": "consu", "is_storable": True} for number in range(10)])
            self.part_ids = parts.ids
            company.order_channel_id = env["order.channel"].create({
                "name": "Phone", "code": "phone", "kind": "phone", "company_id": company_id})
        with self.working("manager", INSPECTED) as env:
            policy = env["order.policy"].sudo().search([("company_id", "=", self.companies[POLICY])]).copy({
                "company_id": env.company.id, "name": "With inspections", "progress_interval_days": 3,
                "progress_hours": 8, "require_inspection": True, "inspection_plan_ids": [(0, 0, {
                    "name": "Incoming goods", "point": "receipt", "product_ids": [(6, 0, self.part_ids)],
                    "check_ids": [(0, 0, {"name": "No scratches"})]})]})
            policy.sudo(False).action_adopt()

    # -- measuring --------------------------------------------------------------------------------------

    def measure(self, who, company, action, cold=True):
        """Do something as one person in a transaction of its own.

        :param action: function of an environment
        :param cold: whether nothing is known from requests before
        :return: pair of queries and seconds
        """
        if cold:
            self.registry.clear_all_caches()
        with self.working(who, company) as env:
            queries, start = env.cr.sql_log_count, seconds()
            action(env)
            env.cr.commit()
            return env.cr.sql_log_count - queries, seconds() - start

    def take_step(self, step, who, act):
        """Do a step with few records, then with many; the first run with one fills what is kept between requests.

        :param act: function of an environment and of a number of records
        """
        small, large, _allowed = SIZES[step]
        self.measure(who, INSPECTED, lambda env: act(env, 1))
        for number in (small, large):
            self.found[step, number] = self.measure(who, INSPECTED, lambda env: act(env, number))

    def new_orders(self, company, number):
        """:return: ids of so many confirmed orders"""
        order_ids = []
        for step, companies in STEPS.items():
            if company == PLAIN and company not in companies:
                continue
            who = step.split()[-1] if step.startswith("approve") else "sales"
            with self.working(who, company) as env:
                order_ids = self.do(step, env, order_ids, number)
        return order_ids

    # -- the steps --------------------------------------------------------------------------------------

    def run(self):
        orders = self.new_orders(INSPECTED, 551)
        with self.acting() as env:
            # Planned after what was promised: people are asked.
            env["sale.order"].browse(orders).picking_ids.scheduled_date = fields.Datetime.add(
                fields.Datetime.now(), days=40)
        self.take_requests(orders)
        self.take_step("progress of orders", "sales", lambda env, number: env["sale.order"].browse(
            orders[:number]).read([
                "production_progress", "purchase_progress", "delivery_progress", "progress_summary"]))
        self.take_step("timeline of orders", "sales", lambda env, number: env["sale.order"].browse(
            orders[:number]).sudo()._get_timeline())
        self.deliveries = self.compare_deliveries()
        self.receipts = {number: self.compare_receipts(number) for number in RECEIPTS}
        self.take_step("pass inspections", "quality", self.inspect)

    def take_requests(self, order_ids):
        rest = list(order_ids)

        def open_requests(env, number):
            own = env["sale.order"].browse([rest.pop() for _index in range(number)]).sudo()
            own._open_progress_requests()
            asked = own.progress_ids.filtered(lambda request: request.state == "requested")
            assert len(asked.order_id) == number, f"{len(asked.order_id)} of {number} orders are asked about"

        with freeze_time(fields.Datetime.add(fields.Datetime.now(), days=10), tick=True):
            self.take_step("open progress requests", "sales", open_requests)

    def receive(self, env, number):
        """Receive so many products, each with a move of its own."""
        warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
        place = env.ref("stock.stock_location_suppliers")
        moves = env["stock.move"].create([{
            "product_id": self.part_ids[index % 10], "product_uom_qty": 1, "location_id": place.id,
            "location_dest_id": warehouse.lot_stock_id.id, "picking_type_id": warehouse.in_type_id.id,
        } for index in range(number)])
        moves = moves._action_confirm(merge=False)
        moves.write({"quantity": 1, "picked": True})
        moves._action_done()

    def inspect(self, env, number):
        inspections = env["order.inspection"].search(
            [("state", "=", "todo"), ("company_id", "=", env.company.id)], limit=number)
        assert len(inspections) == number, f"{len(inspections)} of {number} inspections are there"
        inspections.action_pass()

    def compare_deliveries(self):
        """Deliver orders of which nothing is inspected, under a policy with plans, with and without a look at them.

        :return: dict whether anything is inspected in the database → list of (queries, seconds)
        """
        found = {True: [], False: []}
        nothing = {name: lambda _policies: frozenset() for name in ("_get_inspecting_ids", "_get_requiring_ids")}
        for turn in range(2 * self.repeat + 2):
            looks, order_ids = turn % 2 == 0, self.new_orders(POLICY, 20)

            def deliver(env, order_ids=order_ids):
                self.deliver(env["sale.order"].browse(order_ids).sudo().picking_ids)

            if looks:
                taken = self.measure("warehouse", POLICY, deliver, cold=False)
            else:
                with patch.multiple(self.registry["order.policy"], **nothing):
                    taken = self.measure("warehouse", POLICY, deliver, cold=False)
            if turn > 1:
                found[looks].append(taken)
        return found

    def compare_receipts(self, number):
        """:param number: of moves
        :return: dict company → list of (queries, seconds) of their receipt"""
        found = {POLICY: [], INSPECTED: []}
        for turn in range(self.repeat + 1):
            for company in found:
                taken = self.measure("warehouse", company, lambda env: self.receive(env, number), cold=False)
                if turn:
                    found[company].append(taken)
        return found

    # -- the result -------------------------------------------------------------------------------------

    def report(self):
        print(f"\n{'step':<28} {'records':>8} {'queries':>8} {'ms':>9} {'records':>8} {'queries':>8} {'ms':>9}"
              f"   {'queries for each further one':>28}")
        broken = False
        for step, (small, large, allowed) in SIZES.items():
            growth = (self.found[step, large][0] - self.found[step, small][0]) / (large - small)
            allowed = get_budget("GROWTH", allowed)
            over = allowed is not None and growth > allowed
            broken |= over
            cells = " ".join(f"{number:>8} {queries:>8} {1000 * spent:>9.1f}" for number, (queries, spent) in (
                (number, self.found[step, number]) for number in (small, large)))
            print(f"{step:<28} {cells}   {growth:>9.2f} ({allowed} allowed)"
                  f"{' OVER BUDGET' if over else ''}", flush=True)
        return int(broken | self.check())

    def check(self):
        """:return: whether one of the budgets of deliveries and receipts is broken; each is printed"""
        with_look, without = self.deliveries[True], self.deliveries[False]
        few, many = (self.get_added_queries(number) for number in RECEIPTS)
        inspected, plain = (self.receipts[RECEIPTS[1]][company] for company in (INSPECTED, POLICY))
        figures = [
            ("DELIVERY", "0", "queries that inspections add to 20 deliveries without a plan",
             self.get_median(with_look, 0) - self.get_median(without, 0)),
            ("DELIVERY_TIME", "1.1", "times the time of deliveries where nothing is inspected",
             self.get_median(with_look, 1) / self.get_median(without, 1)),
            ("GROWTH_RECEIPT", "0.5",
             f"queries that inspections add to each further move received ({few:g} with {RECEIPTS[0]}, {many:g} with"
             f" {RECEIPTS[1]})", (many - few) / (RECEIPTS[1] - RECEIPTS[0])),
            ("RECEIPT_TIME", "3", "times the time of a receipt without inspections",
             self.get_median(inspected, 1) / self.get_median(plain, 1)),
        ]
        print()
        broken = False
        for name, default, what, found in figures:
            if (budget := get_budget(name, default)) is not None:
                over = found > budget
                broken |= over
                print(f"{'OVER BUDGET' if over else 'ok':<12}{found:6.2f} {what} ({budget:g} allowed)")
        return broken

    def get_added_queries(self, number):
        """:return: how many queries inspections add to the receipt of so many moves"""
        found = self.receipts[number]
        return self.get_median(found[INSPECTED], 0) - self.get_median(found[POLICY], 0)

    @staticmethod
    def get_median(measures, what):
        """:return: the median of queries (0) or seconds (1)"""
        return median(measure[what] for measure in measures)


def main(registry, argv):
    bench = TrackingBench(registry)
    bench.set_up()
    start = time.monotonic()
    bench.run()
    print(f"Measured in {time.monotonic() - start:.0f} s.")
    return bench.report()
