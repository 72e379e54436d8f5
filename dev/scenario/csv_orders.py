"""Takes a folder of CSV files shaped like dev/data/northwind through the policy and holds the result against them.

orders.csv, order_details.csv, products.csv, customers.csv and employees.csv are read; dates are those of the files,
so the clock is set to them. Every order is submitted through the public intake method, twice.
"""

import csv
import resource
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from freezegun import freeze_time

from .assess import assess
from .stage import Stage, seconds

CHANNEL = "northwind"
PAYMENT_TERM = "Net 30 of the price list"
CHUNK = 100
COUNTRIES = {"UK": "GB", "USA": "US"}


class Files:
    """The orders of a folder, as payloads of `submit_orders`, and the figures that follow from the files alone."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.orders = self.read("orders")
        self.customers = {row["customer_id"]: row for row in self.read("customers")}
        self.products = self.read("products")
        self.employees = self.read("employees")
        self.lines = defaultdict(list)
        for row in self.read("order_details"):
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

    def get_value(self):
        """Net value, each line rounded to the cent."""
        cent = Decimal("0.01")
        return sum(
            (Decimal(line["unit_price"]) * Decimal(line["quantity"]) * (1 - Decimal(line["discount"])))
            .quantize(cent, ROUND_HALF_UP)
            for lines in self.lines.values() for line in lines)

    @property
    def shipped(self):
        return [order for order in self.orders if order["shipped_date"]]

    @property
    def late(self):
        return [order for order in self.shipped if order["shipped_date"] > order["required_date"]]


def compact(values):
    return {key: value for key, value in values.items() if value}


def get_login(employee_id):
    return f"employee{employee_id}"


def chunks(items, size=CHUNK):
    for start in range(0, len(items), size):
        yield items[start:start + size]


def at_noon(day):
    return datetime.combine(date.fromisoformat(day), datetime.min.time()).replace(hour=12)


class Play:
    def __init__(self, registry, folder):
        self.files = Files(folder)
        self.stage = Stage(registry)
        self.problems = []
        self.steps = Counter()

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
                "name": PAYMENT_TERM, "line_ids": [(0, 0, {"value": "percent", "value_amount": 100, "nb_days": 30})]})
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
                env["stock.quant"]._update_available_quantity(product, location, ordered[row["product_id"]])
            self.countries = {
                country.name: country.code for country in env["res.country"].with_context(lang="en_US").search([])
            } | COUNTRIES

    # -- the way ------------------------------------------------------------------------------------

    def submit(self):
        """All orders through the channel; :return: results in the order of the files."""
        results = []
        for orders in chunks(self.files.orders):
            with self.stage.acting("sales") as env:
                results += env["order.channel"].submit_orders(
                    CHANNEL, [self.files.get_payload(order, self.countries) for order in orders])
        return results

    def timed(self, text, action):
        start = seconds()
        result = action()
        print(f"  {text:<50} {seconds() - start:8.1f} s", flush=True)
        return result

    def intake(self):
        results = self.timed("Submit all orders through the channel", self.submit)
        status = Counter(result["status"] for result in results)
        for result in results:
            if result["status"] != "created":
                print(f"    {result['reference']}: {result['status']} {result['errors']}")
        self.check("orders created", status["created"], len(self.files.orders))
        again = Counter(result["status"] for result in self.timed("Submit all of them again", self.submit))
        self.check("reported as duplicates", again["duplicate"], len(self.files.orders))
        self.order_ids = {result["reference"]: result["order_id"] for result in results}
        with self.stage.acting() as env:
            orders = env["sale.order"].search([("channel_id.code", "=", CHANNEL)])
            self.check("orders in the database", len(orders), len(self.files.orders))
            self.check("order lines", len(orders.order_line), sum(map(len, self.files.lines.values())))
            self.check("net value", Decimal(str(round(sum(orders.mapped("amount_untaxed")), 2))),
                       self.files.get_value())

    def go_on(self):
        """Day by day: review and confirm what was ordered, deliver what is shipped that day."""
        days = defaultdict(lambda: {"ordered": [], "shipped": []})
        for order in self.files.orders:
            days[order["order_date"]]["ordered"].append(order)
            if order["shipped_date"]:
                days[order["shipped_date"]]["shipped"].append(order)
        with freeze_time(at_noon(min(days))) as clock:
            for day in sorted(days):
                clock.move_to(at_noon(day))
                if days[day]["ordered"]:
                    self.review(days[day]["ordered"])
                if days[day]["shipped"]:
                    self.deliver(days[day]["shipped"])

    def measure(self, name, start):
        self.steps[name] += seconds() - start

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
            orders = env["sale.order"].sudo().browse([self.order_ids[row["order_id"]] for row in rows]).sudo(False)
            pickings = orders.sudo().picking_ids.sudo(False)
            pickings.action_assign()
            for move in pickings.move_ids:
                move.write({"quantity": move.product_uom_qty, "picked": True})
            pickings.with_context(skip_sms=True).button_validate()
        self.measure("deliver", start)

    def result(self):
        with self.stage.acting() as env:
            orders = env["sale.order"].search([("channel_id.code", "=", CHANNEL)])
            shipped = {order["order_id"]: order["shipped_date"] for order in self.files.shipped}
            self.check("confirmed", len(orders.filtered(lambda o: o.state == "sale")), len(self.files.orders))
            done = orders.filtered(lambda o: o.lifecycle_phase == "settlement")
            self.check("delivered in full", len(done), len(shipped))
            self.check("delivered on their shipped_date", len(done.filtered(
                lambda o: str(o.fulfilled_at.date()) == shipped.get(o.channel_reference))), len(shipped))
            self.check("delivered late", len(done.filtered("is_late")), len(self.files.late))
            self.check("stand in delivery", len(orders.filtered(lambda o: o.lifecycle_phase == "delivery")),
                       len(self.files.orders) - len(shipped))

    def play(self):
        print(f"Orders of {self.files.folder.name}: {len(self.files.orders)} orders, "
              f"{sum(map(len, self.files.lines.values()))} lines", flush=True)
        begin = seconds()
        self.set_up()
        self.intake()
        self.timed("Review, confirm and deliver day by day", self.go_on)
        for name, spent in self.steps.items():
            print(f"    of which {name:<42} {spent:8.1f} s")
        self.result()
        assess(self)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{seconds() - begin:.0f} s in all, peak memory {memory} MB")
        if self.problems:
            print("Not as the files say: " + ", ".join(self.problems))
        return 1 if self.problems else 0


def play(registry, folder):
    return Play(registry, folder).play()
