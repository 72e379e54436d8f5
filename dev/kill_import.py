"""Kills the check and the import of a file in the middle (kill -9), again and again, and holds what is left against
what has to be.

Run it with `make test-kill`: after each kill every row that tells that it is imported has its order and every order
its rows, the next run goes on, and in the end every row of the file is imported exactly once. Before, the check of the
same file is killed in the same way, with two processes at work as on two nodes: its rows are counted, no order is
checked by halves, nothing is created. The exit status is 1 where that is not so.

    ROWS=2000   rows of the file, two for each order, more than are checked at once; ROWS=10000 takes some minutes
"""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections import Counter

from scenario.stage import Stage

ROWS = int(os.environ.get("ROWS") or 2000)
LINES = 2
# What part of the orders is checked or imported before each kill, at least.
KILLS = (0.1, 0.4, 0.7)
PATIENCE = 600  # seconds

# Another process, as a second node is: it has its own connections and prints for itself.
WORKER = """
import sys
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config
config.parse_config(['-d', sys.argv[1], '--log-level=warn', '--no-http'], setup_logging=True)
with Registry(sys.argv[1]).cursor() as cr:
    getattr(api.Environment(cr, api.SUPERUSER_ID, {})['order.import'], sys.argv[2])()
"""


class Play(Stage):

    def prepare(self):
        """A file of orders of one customer, of which every tenth names a product that is not there."""
        self.set_up()
        with self.acting() as env:
            env["product.product"].create({
                "name": "Lantern", "default_code": "LANTERN", "type": "service", "list_price": 10, "taxes_id": False})
            env["res.partner"].create({
                "name": "Blue Harbour Hotel", "ref": "C-1", "email": "hotel@example.com", "company_id": env.company.id})
            channel = env["order.channel"].search([("code", "=", "platform")], limit=1)
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerow(["Order No", "Customer", "Customer No", "SKU", "Qty"])
            for number in range(ROWS):
                sku = "NONE" if number // LINES % 10 == 9 else "LANTERN"
                writer.writerow([f"K-{number // LINES}", "Blue Harbour Hotel", "C-1", sku, number + 1])
            channel_id = channel.id
        with self.acting("sales") as env:
            begin = time.monotonic()
            order_import = env["order.import"]._create_from_file(
                env["order.channel"].browse(channel_id), "orders.csv", text.getvalue().encode())
            self.import_id = order_import.id
            print(f"  {ROWS} rows read in {time.monotonic() - begin:.1f} s", flush=True)

    def start_check(self):
        with self.acting("sales") as env:
            env["order.import"].browse(self.import_id).action_check()

    def start_import(self):
        with self.acting("sales") as env:
            env["order.import"].browse(self.import_id).action_import()

    def get_checked(self, env):
        """:return: number of rows that are checked; what the file says of itself is checked to be so, too"""
        assert not env["sale.order"].search_count([("channel_reference", "=like", "K-%")]), "the check creates orders"
        rows = env["order.import.row"].search([("import_id", "=", self.import_id)])
        assert len(rows) == ROWS, "rows are missing"
        done = rows.filtered(lambda row: row.status != "new")
        for row in done:
            expected = "rejected" if (row.number - 2) // LINES % 10 == 9 else "valid"
            assert row.status == expected, f"row {row.number} is {row.status}"
        halves = [
            reference for reference, own in rows.grouped("reference").items() if len(set(own.mapped("status"))) > 1]
        assert not halves, f"orders are checked by halves: {halves}"
        found = env["order.import"].browse(self.import_id).checked_count
        assert found == len(done), f"{found} rows are counted, and {len(done)} are checked"
        return len(done)

    def get_state(self, env):
        """:return: number of rows that are done; rows and orders are checked to say the same"""
        orders = env["sale.order"].search([("channel_reference", "=like", "K-%")])
        twice = [name for name, count in Counter(orders.mapped("channel_reference")).items() if count > 1]
        assert not twice, f"orders were created twice: {twice}"
        rows = env["order.import.row"].search([("import_id", "=", self.import_id)])
        assert len(rows) == ROWS, "rows are missing"
        done = rows.filtered(lambda row: row.status != "new")
        wrong = done.filtered(lambda row: row.status not in ("created", "rejected"))
        assert not wrong, f"rows are {set(wrong.mapped('status'))}"
        assert done.order_id == orders, "orders are there without their rows, or the other way round"
        found = sorted(orders.order_line.mapped("product_uom_qty"))
        expected = sorted(row.number - 1 for row in done if row.status == "created")
        assert found == expected, "lines are missing, or there twice"
        refused = env["order.channel.refusal"].search_count([("reference", "=like", "K-%")])
        assert refused * LINES == len(done.filtered(lambda row: row.status == "rejected")), "refusals do not agree"
        return len(done)

    def kill(self, database, method, get_state, at_least, workers=1):
        """Let other processes work, and kill them when they have done so many rows.

        :param method: of the scheduled action
        :param get_state: function of an environment that returns how many rows are done, and checks them
        """
        command = [sys.executable, "-c", WORKER, database, method]
        processes = [subprocess.Popen(command) for _number in range(workers)]
        begin = time.monotonic()
        try:
            while any(process.poll() is None for process in processes):
                assert time.monotonic() - begin < PATIENCE, "it does not go on"
                with self.acting() as env:
                    todo = env["order.import.row"].search_count([
                        ("import_id", "=", self.import_id), ("status", "=", "new")])
                    if ROWS - todo >= at_least:
                        break
                time.sleep(0.02)
            # In the middle of the next ones.
            time.sleep(0.5)
        finally:
            killed = [process for process in processes if process.poll() is None]
            for process in killed:
                os.kill(process.pid, signal.SIGKILL)
            for process in processes:
                process.wait()
        with self.acting() as env:
            print(f"  {'killed' if killed else 'ended'} with {get_state(env)} of {ROWS} rows done", flush=True)

    def finish(self, method, get_state):
        """The next run does what is left.

        :return: the state of the import after it
        """
        begin = time.monotonic()
        with self.acting() as env:
            before = get_state(env)
        with self.acting() as env:
            getattr(env["order.import"], method)()
        with self.acting() as env:
            done = get_state(env)
            order_import = env["order.import"].browse(self.import_id)
            print(f"  the next run did the other {done - before} rows in {time.monotonic() - begin:.1f} s: "
                  f"{order_import.valid_count + order_import.created_count} in order, "
                  f"{order_import.failed_count} refused", flush=True)
            assert done == ROWS, f"only {done} are done"
            assert order_import.failed_count == ROWS // 10, f"{order_import.failed_count} are refused"
            return order_import.state


def main(registry, argv):
    play = Play(registry)
    play.prepare()
    try:
        print("The check:", flush=True)
        play.start_check()
        for part in KILLS:
            play.kill(registry.db_name, "_cron_check", play.get_checked, part * ROWS, workers=2)
        assert (state := play.finish("_cron_check", play.get_checked)) == "checked", f"the import is {state}"
        print("The import:", flush=True)
        play.start_import()
        for part in KILLS:
            play.kill(registry.db_name, "_cron_import", play.get_state, part * ROWS)
        assert (state := play.finish("_cron_import", play.get_state)) == "done", f"the import is {state}"
    except AssertionError as error:
        print(f"Not as it has to be: {error}")
        return 1
    return 0
