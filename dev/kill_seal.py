"""Kills the sealing in the middle (kill -9), again and again, and holds what is left against what has to be.

Run it with `make test-kill`: every order is sealed or untouched after each kill, the next run goes on, and in the end
numbers and chain have no gap. The exit status is 1 where that is not so.
"""

import os
import signal
import subprocess
import sys
import time

from scenario.stage import Stage

from odoo import Command

ORDERS = 12
# How many dossiers are sealed before each kill, at least.
KILLS = (1, 6)
PATIENCE = 180  # seconds

# Another process, as a second node is: it has its own connections and prints for itself.
WORKER = """
import sys
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config
config.parse_config(['-d', sys.argv[1], '--log-level=warn', '--no-http'], setup_logging=True)
with Registry(sys.argv[1]).cursor() as cr:
    api.Environment(cr, api.SUPERUSER_ID, {})['order.archive']._cron_seal_queued()
"""


class Play(Stage):

    def prepare(self):
        """Settled orders of a free service, queued for their seal."""
        self.set_up()
        with self.acting() as env:
            product = env["product.product"].create({
                "name": "Advice", "type": "service", "list_price": 10, "taxes_id": False})
            partner = env["res.partner"].create({"name": "Customer", "email": "customer@example.com", "phone": "1"})
            term = env["account.payment.term"].search([], limit=1)
            ids = product.id, partner.id, term.id
        with self.acting("sales") as env:
            product_id, partner_id, term_id = ids
            orders = env["sale.order"].create([{
                "partner_id": partner_id, "payment_term_id": term_id, "commitment_date": "2030-01-01 12:00:00",
                "order_line": [Command.create({"product_id": product_id, "discount": 100})],
            } for _index in range(ORDERS)])
            orders.action_register()
            orders.action_submit_review()
            self.approve(orders.sudo(), lambda order: "2030-01-01")
            orders.action_confirm()
            orders.order_line.qty_delivered = 1
        with self.acting() as env:
            orders = env["sale.order"].browse(orders.ids)
            orders.settlement_ids.with_user(self.users["finance"]).sudo(False).action_settle("Free of charge")
        with self.acting("archivist") as env:
            orders = env["sale.order"].browse(orders.ids)
            orders.action_prepare_archive()
            orders.archive_ids.action_queue_seal()

    def get_state(self, env):
        """:return: number of sealed dossiers; every order is checked to be sealed as a whole or untouched"""
        archives = env["order.archive"].search([], order="id")
        assert len(archives) == ORDERS, "dossiers are missing"
        for archive in archives:
            sealed = archive.state == "sealed"
            assert (archive.order_id.archive_state == "sealed") == sealed, f"{archive} and its order disagree"
            parts = {bool(archive.digest), bool(archive.name), bool(archive.document_ids)}
            assert parts == {sealed}, f"{archive} is half sealed"
        sealed = archives.filtered(lambda archive: archive.state == "sealed").sorted("name")
        numbers = [int(name.rsplit("/", 1)[1]) for name in sealed.mapped("name")]
        assert numbers == list(range(1, len(sealed) + 1)), f"numbers have a gap: {numbers}"
        assert sealed.mapped("previous_id") == sealed[:-1], "the chain has a gap"
        problems = [problem for found in sealed._verify().values() for problem in found]
        assert not problems, problems
        return len(sealed)

    def kill(self, database, at_least):
        """Let another process seal, and kill it when it has sealed so many."""
        worker = subprocess.Popen([sys.executable, "-c", WORKER, database])
        begin = time.monotonic()
        try:
            while worker.poll() is None:
                assert time.monotonic() - begin < PATIENCE, "the sealing does not go on"
                with self.acting() as env:
                    if env["order.archive"].search_count([("state", "=", "sealed")]) >= at_least:
                        break
                time.sleep(0.02)
            # In the middle of the next ones.
            time.sleep(0.3)
        finally:
            if worker.poll() is None:
                os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        with self.acting() as env:
            print(f"  killed with {self.get_state(env)} of {ORDERS} sealed", flush=True)


def main(registry, argv):
    play = Play(registry)
    play.prepare()
    try:
        for at_least in KILLS:
            play.kill(registry.db_name, at_least)
        begin = time.monotonic()
        with play.acting() as env:
            before = play.get_state(env)
        with play.acting() as env:
            env["order.archive"]._cron_seal_queued()
        with play.acting() as env:
            done = play.get_state(env)
        print(f"  the next run sealed the other {done - before} in {time.monotonic() - begin:.1f} s")
        assert done == ORDERS, f"only {done} are sealed"
    except AssertionError as error:
        print(f"Not as it has to be: {error}")
        return 1
    return 0
