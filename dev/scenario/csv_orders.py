"""Takes a folder of CSV files shaped like dev/data/northwind through the policy and holds the result against them.

orders.csv, order_details.csv, products.csv, customers.csv and employees.csv are read; dates are those of the files,
so the clock is set to them. Every order is submitted through the public intake method, twice, reviewed, confirmed,
delivered on its days, invoiced at the end of the week, paid and settled at the end of the week in which its invoice is
due. The orders come in chunks, each of which goes on as far as its days allow before the next one is read: what the
process needs must not grow with their number.
"""

import csv
import time
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from freezegun import freeze_time

from .assess import assess
from .stage import Stage, seconds

CHANNEL = "northwind"
PAYMENT_TERM = "Net 30 of the price list"
CHUNK = 100
PAYMENT_DAYS = 30
# The peak memory after so many settled orders, and how many times that is allowed after so many more.
MEMORY_ORDERS = (200, 800)
MEMORY_RATIO = 1.1
COUNTRIES = {"UK": "GB", "USA": "US"}


class Files:
    """The orders of a folder, as payloads of `submit_orders`, and the figures that follow from the files alone.

    With a limit there are only so many orders, spread evenly over the file.
    """

    def __init__(self, folder, limit=None):
        self.folder = Path(folder)
        self.orders = spread(self.read("orders"), limit)
        self.customers = {row["customer_id"]: row for row in self.read("customers")}
        self.products = self.read("products")
        self.employees = self.read("employees")
        self.lines = {order["order_id"]: [] for order in self.orders}
        for row in self.read("order_details"):
            if row["order_id"] in self.lines:
                self.lines[row["order_id"]].append(row)

    def read(self, name):
        with open(self.folder / f"{name}.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def get_payload(self, order, countries):
        customer = self.customers[order["customer_id"]]
        return {
            "reference": order["order_id"],
            "received_at": f"{order['order_date']}T09:00:00",
            "promised_date": order["required_date"],
            "salesperson": get_login(order["employee_id"]),
            "payment_term": PAYMENT_TERM,
            "customer": compact({
                "ref": customer["customer_id"], "name": customer["company_name"], "phone": customer["phone"],
                "street": customer["address"], "city": customer["city"], "zip": customer["postal_code"],
                "country": countries.get(customer["country"]),
            }),
            "delivery_address": compact({
                "name": order["ship_name"], "street": order["ship_address"], "city": order["ship_city"],
                "zip": order["ship_postal_code"], "country": countries.get(order["ship_country"]),
            }),
            "lines": [{
                "sku": f"NW-{line['product_id']}",
                "quantity": float(line["quantity"]),
                "unit_price": float(line["unit_price"]),
                "discount": float(Decimal(line["discount"]) * 100),  # a fraction in the files, percent in Odoo
            } for line in self.lines[order["order_id"]]],
        }

    def get_value(self, order_ids=None):
        """Net value of all orders or some, each line rounded to the cent."""
        cent = Decimal("0.01")
        return sum(
            (Decimal(line["unit_price"]) * Decimal(line["quantity"]) * (1 - Decimal(line["discount"])))
            .quantize(cent, ROUND_HALF_UP)
            for order_id, lines in self.lines.items() if order_ids is None or order_id in order_ids
            for line in lines)

    @property
    def shipped(self):
        return [order for order in self.orders if order["shipped_date"]]

    @property
    def late(self):
        return [order for order in self.shipped if order["shipped_date"] > order["required_date"]]


def spread(rows, limit):
    """:return: `limit` of the rows at equal distances, the first and the last among them; all without a limit"""
    if not limit or limit >= len(rows):
        return rows
    step = (len(rows) - 1) / max(limit - 1, 1)
    return [rows[round(number * step)] for number in range(limit)]


def to_cents(amount):
    return Decimal(str(round(amount, 2)))


def compact(values):
    return {key: value for key, value in values.items() if value}


def get_login(employee_id):
    return f"employee{employee_id}"


def chunks(items, size=CHUNK):
    for start in range(0, len(items), size):
        yield items[start:start + size]


def at_noon(day):
    return datetime.combine(date.fromisoformat(day), datetime.min.time()).replace(hour=12)


def get_weekend(day, later=0):
    """:return: the Saturday of the week in which a day lies, or the day so many days later, as text"""
    moment = date.fromisoformat(day) + timedelta(days=later)
    return str(moment + timedelta(days=(5 - moment.weekday()) % 7))


def get_peak_memory():
    """:return: the largest memory that this process has had, in MB"""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


class Play:
    def __init__(self, registry, folder, limit=None):
        self.files = Files(folder, limit)
        self.stage = Stage(registry)
        self.problems = []
        self.steps = Counter()
        self.order_ids = {}
        self.status = Counter()
        self.settled = 0
        self.memory = {}

    def check(self, text, found, expected):
        good = found == expected
        print(f"  {text:<50} {found!s:>14}" + ("" if good else f"   but the files say {expected}"), flush=True)
        if not good:
            self.problems.append(text)

    # -- before the orders --------------------------------------------------------------------------

    def set_up(self):
        self.stage.set_up()
        with self.stage.acting() as env:
            # The value of the files is that of rounded lines.
            env.company.tax_calculation_rounding_method = "round_per_line"
            for row in self.files.employees:
                env["res.users"].with_context(no_reset_password=True).create({
                    "name": f"{row['first_name']} {row['last_name']}", "login": get_login(row["employee_id"]),
                    "group_ids": [(6, 0, [env.ref("sales_team.group_sale_salesman").id])],
                })
            env["order.channel"].create({
                "name": "Northwind", "code": CHANNEL, "kind": "platform", "company_id": env.company.id})
            env["account.payment.term"].create({
                "name": PAYMENT_TERM, "line_ids": [(0, 0, {
                    "value": "percent", "value_amount": 100, "nb_days": PAYMENT_DAYS})]})
            ordered = Counter()
            for lines in self.files.lines.values():
                for line in lines:
                    ordered[line["product_id"]] += float(line["quantity"])
            products = env["product.product"].create([{
                "name": row["product_name"], "default_code": f"NW-{row['product_id']}", "type": "consu",
                "is_storable": True, "list_price": float(row["unit_price"]), "taxes_id": False,
            } for row in self.files.products])
            location = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).lot_stock_id
            for product, row in zip(products, self.files.products, strict=True):
                if quantity := ordered[row["product_id"]]:
                    env["stock.quant"]._update_available_quantity(product, location, quantity)
            self.countries = {
                country.name: country.code for country in env["res.country"].with_context(lang="en_US").search([])
            } | COUNTRIES

    # -- the way ------------------------------------------------------------------------------------

    def go_on(self):
        """Chunk by chunk and day by day, until everything that was shipped is paid."""
        todo = defaultdict(lambda: defaultdict(list))
        with freeze_time(at_noon(self.files.orders[0]["order_date"])) as clock:
            for rows in chunks(self.files.orders):
                clock.move_to(at_noon(rows[-1]["order_date"]))
                self.submit(rows)
                for row in rows:
                    todo[row["order_date"]]["review"].append(row)
                    if row["shipped_date"]:
                        todo[row["shipped_date"]]["deliver"].append(row)
                self.work(clock, todo, rows[-1]["order_date"])
            self.work(clock, todo, str(date.max))

    def work(self, clock, todo, until):
        """Do what there is to do on each day up to one."""
        while todo and (day := min(todo)) <= until:
            clock.move_to(at_noon(day))
            tasks = todo[day]
            if tasks["review"]:
                self.review(tasks["review"])
            if tasks["deliver"]:
                self.deliver(tasks["deliver"])
                todo[get_weekend(day)]["invoice"] += tasks["deliver"]
            if tasks["invoice"]:
                self.invoice(tasks["invoice"])
                todo[get_weekend(day, PAYMENT_DAYS)]["settle"] += tasks["invoice"]
            if tasks["settle"]:
                self.settle(tasks["settle"])
            del todo[day]

    def submit(self, rows):
        """Submit orders through the channel, twice: the second time nothing happens."""
        for number in range(2):
            start = seconds()
            with self.stage.acting("sales") as env:
                results = env["order.channel"].submit_orders(
                    CHANNEL, [self.files.get_payload(row, self.countries) for row in rows])
            self.measure("submit again" if number else "submit", start)
            for result in results:
                self.status[number, result["status"]] += 1
                self.order_ids[result["reference"]] = result["order_id"]
                if result["status"] not in ("created", "duplicate"):
                    print(f"    {result['reference']}: {result['status']} {result['errors']}")

    def timed(self, text, action):
        start = seconds()
        result = action()
        print(f"  {text:<50} {seconds() - start:8.1f} s", flush=True)
        return result

    def measure(self, name, start):
        self.steps[name] += seconds() - start

    def get_ids(self, rows):
        return [self.order_ids[row["order_id"]] for row in rows]

    def review(self, rows):
        planned = {self.order_ids[row["order_id"]]: row["shipped_date"] or row["required_date"] for row in rows}
        with self.stage.acting("sales") as env:
            orders = env["sale.order"].browse(planned)
            start = seconds()
            orders.action_submit_review()
            self.stage.approve(orders, lambda order: planned[order.id])
            env.flush_all()
            self.measure("review", start)
            start = seconds()
            orders.action_confirm()
            env.flush_all()
            self.measure("confirm", start)

    def deliver(self, rows):
        start = seconds()
        with self.stage.acting("warehouse") as env:
            pickings = env["sale.order"].sudo().browse(self.get_ids(rows)).picking_ids.sudo(False)
            self.stage.deliver(pickings)
        self.measure("deliver", start)

    def invoice(self, rows):
        start = seconds()
        with self.stage.acting("accountant") as env:
            self.stage.invoice(env["sale.order"].browse(self.get_ids(rows)))
        self.measure("invoice", start)

    def settle(self, rows):
        """The customers pay what is due that day, and finance settles."""
        start = seconds()
        with self.stage.acting("accountant") as env:
            self.stage.pay(env["sale.order"].browse(self.get_ids(rows)).invoice_ids)
        self.measure("pay", start)
        start = seconds()
        with self.stage.acting("finance") as env:
            env["order.settlement"].search([("order_id", "in", self.get_ids(rows))]).action_settle()
        self.measure("settle", start)
        self.settled += len(rows)
        for count in MEMORY_ORDERS:
            if self.settled >= count and count not in self.memory:
                self.memory[count] = get_peak_memory()

    # -- the result ---------------------------------------------------------------------------------

    def result(self):
        count = len(self.files.orders)
        self.check("orders created", self.status[0, "created"], count)
        self.check("reported as duplicates the second time", self.status[1, "duplicate"], count)
        with self.stage.acting() as env:
            orders = env["sale.order"].search([("channel_id.code", "=", CHANNEL)])
            self.check("orders in the database", len(orders), count)
            self.check("order lines", len(orders.order_line), sum(map(len, self.files.lines.values())))
            self.check("net value", to_cents(sum(orders.mapped("amount_untaxed"))), self.files.get_value())
            self.check("confirmed", len(orders.filtered(lambda o: o.state == "sale")), count)
            shipped = {row["order_id"]: row["shipped_date"] for row in self.files.shipped}
            done = orders.filtered(lambda o: o.fulfilment_state == "done")
            self.check("delivered in full", len(done), len(shipped))
            self.check("delivered on their shipped_date", len(done.filtered(
                lambda o: str(o.fulfilled_at.date()) == shipped.get(o.channel_reference))), len(shipped))
            self.check("delivered late", len(done.filtered("is_late")), len(self.files.late))
            self.check("stand in delivery", len(orders.filtered(lambda o: o.lifecycle_phase == "delivery")),
                       count - len(shipped))
            settlements = orders.settlement_id
            self.check("settled", len(settlements.filtered(lambda s: s.state == "settled")), len(shipped))
            self.check("invoiced", to_cents(sum(settlements.mapped("invoiced_amount"))),
                       self.files.get_value(shipped))
            self.check("paid", to_cents(sum(settlements.mapped("paid_amount"))), self.files.get_value(shipped))
            self.check("wait for the archive", len(orders.filtered(lambda o: o.lifecycle_phase == "aftersales")),
                       len(shipped))

    def check_memory(self):
        if len(self.memory) < len(MEMORY_ORDERS):
            return
        low, high = (self.memory[count] for count in MEMORY_ORDERS)
        good = high <= MEMORY_RATIO * low
        counts = " and ".join(map(str, MEMORY_ORDERS))
        print(f"  peak memory after {counts} settled orders: {low:.0f} and {high:.0f} MB, {high / low:.2f} times"
              + ("" if good else f", where {MEMORY_RATIO} are allowed"), flush=True)
        if not good:
            self.problems.append("peak memory")

    def play(self):
        print(f"Orders of {self.files.folder.name}: {len(self.files.orders)} orders, "
              f"{sum(map(len, self.files.lines.values()))} lines", flush=True)
        begin = seconds()
        self.set_up()
        self.timed("From the channel to the settlement, day by day", self.go_on)
        for name, spent in self.steps.items():
            print(f"    of which {name:<42} {spent:8.1f} s")
        self.result()
        assess(self)
        self.check_memory()
        print(f"{seconds() - begin:.0f} s in all, {time.process_time():.0f} s of it this process at work")
        if self.problems:
            print("Not as the files say: " + ", ".join(self.problems))
        return 1 if self.problems else 0


def play(registry, folder, limit=None):
    return Play(registry, folder, limit).play()
