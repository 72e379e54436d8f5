"""What the import of a file costs: a CSV and an XLSX file are read, and checked and imported by the scheduled actions.

Run it with `dev/bench import`. Customers and products are in the database before, a tenth of the orders names a
product that is not there. Meanwhile another connection asks for the progress, as a second person does.

    ROWS=10000      rows of each file
    LINES=2         rows of an order
    CUSTOMERS=200   1 is a market place under whose own name all of its orders come
"""

import csv
import io
import os
import resource
import threading
from datetime import date

import xlsxwriter
from scenario.stage import Stage, seconds

ROWS = int(os.environ.get("ROWS") or 10000)
LINES = int(os.environ.get("LINES") or 2)
CUSTOMERS = int(os.environ.get("CUSTOMERS") or 200)
PRODUCTS = 50
HEADER = ["Order No", "Customer", "Customer No", "SKU", "Qty", "Unit Price", "Due Date"]


def get_peak():
    """Megabytes that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Watcher(threading.Thread):
    """Asks for the progress every half second, and keeps what it is told."""

    def __init__(self, bench, import_id):
        super().__init__(daemon=True)
        self.bench, self.import_id = bench, import_id
        self.seen, self.over = set(), threading.Event()

    def run(self):
        while not self.over.wait(0.5):
            with self.bench.acting() as env:
                self.seen.add(env["order.import"].browse(self.import_id).progress)


class Bench(Stage):

    def prepare(self):
        self.set_up()
        with self.acting() as env:
            env["product.product"].create([{
                "name": f"Lantern {number}", "default_code": f"L-{number}", "list_price": 10, "taxes_id": False,
            } for number in range(PRODUCTS)])
            env["res.partner"].create([{
                "name": f"Hotel {number}", "ref": f"C-{number}", "company_id": env.company.id,
            } for number in range(CUSTOMERS)])
            self.channel_id = env["order.channel"].search([("code", "=", "platform")], limit=1).id

    def get_rows(self, prefix):
        for number in range(ROWS):
            order = number // LINES
            sku = "NONE" if order % 10 == 9 and not number % LINES else f"L-{number % PRODUCTS}"
            customer = order % CUSTOMERS
            yield [f"{prefix}-{order}", f"Hotel {customer}", f"C-{customer}", sku, 1 + number % 7, 9.5,
                   date(2040, 12, 31)]

    def get_csv(self):
        text = io.StringIO()
        csv.writer(text).writerows([HEADER, *self.get_rows("CSV")])
        return text.getvalue().encode()

    def get_xlsx(self):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"default_date_format": "yyyy-mm-dd"}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate([HEADER, *self.get_rows("XLSX")]):
                sheet.write_row(number, 0, row)
        return stream.getvalue()

    def measure(self, name, content):
        print(f"\n{name}, {ROWS} rows of {-(-ROWS // LINES)} orders, {len(content) / 1024:.0f} KB")
        with self.timed("read") as env:
            import_id = env["order.import"]._create_from_file(
                env["order.channel"].browse(self.channel_id), name, content).id
        with self.timed("check started", rows=0) as env:
            env["order.import"].browse(import_id).action_check()
        with self.timed("checked by the scheduled action", "root") as env:
            env["order.import"]._cron_check()
        with self.timed("started, with the first orders", rows=0) as env:
            env["order.import"].browse(import_id).action_import()
        watcher = Watcher(self, import_id)
        watcher.start()
        with self.timed("imported by the scheduled action", "root", ROWS - 100 * LINES) as env:
            env["order.import"]._cron_import()
        watcher.over.set()
        watcher.join()
        with self.acting() as env:
            done = env["order.import"].browse(import_id)
            print(f"  {done.created_count} rows taken in, {done.failed_count} refused; "
                  f"{len(watcher.seen)} states of progress seen on the way")
            assert done.state == "done" and done.done_count == ROWS, done.read(["state", "error"])
            assert len(watcher.seen) > 3, watcher.seen
        with self.timed("refused rows given back", rows=0) as env:
            env["order.import"].browse(import_id).action_download_failures()

    def timed(self, what, who="sales", rows=ROWS):
        return Timed(self, what, who, rows)


class Timed:
    """An environment of one person, committed at the end; prints how long it took and the peak of memory."""

    def __init__(self, bench, what, who, rows):
        self.what, self.rows, self.acting = what, rows, bench.acting(None if who == "root" else who)

    def __enter__(self):
        self.start, self.peak = seconds(), get_peak()
        return self.acting.__enter__()

    def __exit__(self, *error):
        result = self.acting.__exit__(*error)
        time = seconds() - self.start
        rate = f"{self.rows / time:.0f} rows/s" if self.rows else ""
        print(f"  {self.what:<34}{time:>7.1f} s{rate:>14}"
              f"{get_peak():>8.0f} MB (+{get_peak() - self.peak:.0f})", flush=True)
        return result


def main(registry, argv):
    bench = Bench(registry)
    bench.prepare()
    bench.measure("orders.csv", bench.get_csv())
    bench.measure("orders.xlsx", bench.get_xlsx())
    return 0
