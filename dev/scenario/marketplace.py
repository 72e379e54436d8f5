"""Takes the exports of platforms in a folder such as dev/data/marketplace from the upload to the settlement, and holds
the result against the figures of the folder.

Each file is uploaded by a salesperson as any file is, recognised by its headings, checked and imported, and then once
more. What the policy asks for and the platforms do not say is entered by sales; then the orders are reviewed,
confirmed, delivered on their days, invoiced, paid and settled.
"""

import base64
import csv
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

from freezegun import freeze_time

from . import csv_orders
from .csv_orders import at_noon, to_cents
from .stage import Stage, seconds

FILES = {"shopify.csv": "shopify", "amazon.txt": "amazon", "woocommerce.csv": "woocommerce"}
SHIPPING = "SHIP-JP"
CURRENCY = "JPY"
TIME_ZONE = "Asia/Tokyo"
PAYMENT_TERM = "Paid on the platform"
BEGIN = "2024-06-03"
SETTLED = "2024-06-28"


class Play(csv_orders.Play):
    """The way of the orders as in csv_orders; only how they arrive, and what is expected, is of this folder."""

    def __init__(self, registry, folder):  # pylint: disable=super-init-not-called
        self.folder = Path(folder)
        with open(self.folder / "figures.json", encoding="utf-8") as file:
            self.figures = json.load(file)
        self.shipments = {row["reference"]: row["shipped_on"] for row in self.read("shipments")}
        self.stage = Stage(registry)
        self.problems, self.steps, self.order_ids = [], Counter(), {}
        self.settled, self.memory = 0, {}

    def read(self, name):
        with open(self.folder / f"{name}.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    # -- before the orders --------------------------------------------------------------------------

    def set_up(self):
        self.stage.set_up()
        with self.stage.acting() as env:
            currency = env.ref(f"base.{CURRENCY}")
            currency.active = True
            env.company.currency_id = currency
            env["res.users"].browse(self.stage.users["sales"]).tz = TIME_ZONE
            products = env["product.product"].create([{
                "name": row["name"], "default_code": row["sku"],
                "type": "service" if row["sku"] == SHIPPING else "consu",
                "is_storable": row["sku"] != SHIPPING, "list_price": float(row["price"]), "taxes_id": False,
                "invoice_policy": "order" if row["sku"] == SHIPPING else "delivery",
            } for row in self.read("products")])
            location = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).lot_stock_id
            for product in products.filtered("is_storable"):
                env["stock.quant"]._update_available_quantity(product, location, 1000)
            env.ref("sale_order_lifecycle.order_channel_sheet_shopify").shipping_product_id = products.filtered(
                lambda product: product.default_code == SHIPPING)
            env["order.channel"].create([{
                "name": code.title(), "code": code, "kind": "platform", "company_id": env.company.id,
            } for code in FILES.values()])
            env["account.payment.term"].create({
                "name": PAYMENT_TERM, "line_ids": [(0, 0, {"value": "percent", "value_amount": 100, "nb_days": 0})]})

    # -- the way ------------------------------------------------------------------------------------

    def go_on(self):
        with freeze_time(at_noon(BEGIN)) as clock:
            for name, code in FILES.items():
                self.upload(name, code, self.figures["files"][name]["rows"])
                self.upload(name, code, {
                    {"created": "duplicate"}.get(what, what): count
                    for what, count in self.figures["files"][name]["rows"].items()}, " once more")
            self.complete()
            rows = [{"order_id": reference, "shipped_date": day, "required_date": self.figures["promised_on"]}
                    for reference, day in self.shipments.items()]
            self.review(rows)
            by_day = defaultdict(list)
            for row in rows:
                by_day[row["shipped_date"]].append(row)
            by_day.pop("", None)
            for day in sorted(by_day):
                clock.move_to(at_noon(day))
                self.deliver(by_day[day])
            clock.move_to(at_noon(SETTLED))
            shipped = [row for day_rows in by_day.values() for row in day_rows]
            self.invoice(shipped)
            self.settle(shipped)

    def upload(self, name, code, expected, again=""):
        """Upload, check and import one file, as a salesperson does."""
        start = seconds()
        content = base64.b64encode((self.folder / name).read_bytes())
        with self.stage.acting("sales") as env:
            channel = env["order.channel"].search([("code", "=", code)])
            wizard = env["order.import.upload"].create({"channel_id": channel.id, "file": content, "filename": name})
            import_id = wizard.action_upload()["res_id"]
        with self.stage.acting("sales") as env:
            order_import = env["order.import"].browse(import_id)
            order_import.action_check()
            self.check(f"{name}{again}: recognised as", order_import.sheet_id.name, env.ref(
                f"sale_order_lifecycle.order_channel_sheet_{code}").name)
        with self.stage.acting("sales") as env:
            env["order.import"].browse(import_id).action_import()
        with self.stage.acting() as env:
            env["order.import"]._cron_import()
        with self.stage.acting() as env:
            rows = env["order.import"].browse(import_id).row_ids
            found = Counter(rows.mapped("status"))
            self.check(f"{name}{again}: rows", self.format(found), self.format(expected))
            self.order_ids.update({order.channel_reference: order.id for order in rows.order_id})
            for row in rows.filtered(lambda row: row.status == "rejected") if not again else ():
                print(f"    {row.reference}: {row.message.splitlines()[0]}")
        self.measure("upload, check and import", start)

    @staticmethod
    def format(counts):
        return ", ".join(f"{counts[what]} {what}" for what in sorted(counts) if counts[what])

    def complete(self):
        """The platforms promise no day and know no payment terms of this company: sales enters both."""
        with self.stage.acting("sales") as env:
            term = env["account.payment.term"].search([("name", "=", PAYMENT_TERM)])
            env["sale.order"].browse(self.order_ids.values()).write({
                "payment_term_id": term.id, "commitment_date": at_noon(self.figures["promised_on"])})

    def deliver(self, rows):
        """Shipping costs are a service: sales enters that it was done, then the goods leave."""
        with self.stage.acting("sales") as env:
            env["sale.order"].browse(self.get_ids(rows)).order_line.filtered(
                lambda line: line.product_id.default_code == SHIPPING).qty_delivered = 1
        super().deliver(rows)

    # -- the result ---------------------------------------------------------------------------------

    def result(self):
        figures = self.figures
        with self.stage.acting() as env:
            orders = env["sale.order"].search([("channel_id.code", "in", list(FILES.values()))])
            self.check("orders in the database", len(orders), figures["orders"])
            self.check("order lines", len(orders.order_line), figures["lines"])
            self.check("net value", to_cents(sum(orders.mapped("amount_untaxed"))), to_cents(figures["net_value"]))
            self.check("shipping costs in notes", sum(
                int(amount) for note in orders.mapped("note")
                for amount in re.findall(r"shipping[-_](?:price|total): (\d+)", note or "")), figures["in_notes"])
            self.check("customers", len(orders.partner_id), figures["customers"])
            self.check("to be checked by a person", len(orders.filtered("customer_to_check")), 0)
            self.check("in yen", len(orders.filtered(lambda order: order.currency_id.name == CURRENCY)), len(orders))
            self.check("confirmed", len(orders.filtered(lambda order: order.state == "sale")), figures["orders"])
            done = orders.filtered(lambda order: order.fulfilment_state == "done")
            self.check("delivered in full", len(done), figures["shipped"])
            self.check("delivered on their days", len(done.filtered(
                lambda order: str(order.fulfilled_at.date()) == self.shipments[order.channel_reference])),
                figures["shipped"])
            self.check("delivered late", len(done.filtered("is_late")), figures["late"])
            settlements = orders.settlement_id
            self.check("settled", len(settlements.filtered(lambda s: s.state == "settled")), figures["shipped"])
            for text, field in (("invoiced", "invoiced_amount"), ("paid", "paid_amount")):
                self.check(text, to_cents(sum(settlements.mapped(field))), to_cents(figures["shipped_value"]))

    def play(self):
        print(f"Exports of {self.folder.name}: {', '.join(FILES)}", flush=True)
        begin = seconds()
        self.set_up()
        self.timed("From the upload to the settlement", self.go_on)
        for name, spent in self.steps.items():
            print(f"    of which {name:<42} {spent:8.1f} s")
        self.result()
        print(f"{seconds() - begin:.0f} s in all")
        if self.problems:
            print("Not as the figures say: " + ", ".join(self.problems))
        return 1 if self.problems else 0


def play(registry, folder):
    return Play(registry, folder).play()
