"""Sends orders with random mistakes to the intake, and holds what became of them against what was sent.

Run it with `make fuzz`. Whatever is received is an order with what was written, or it is listed with its reason; a
traceback, or something of which nothing is left, is a failure. Everything comes from one number, which is printed:

    SEED=…           the number of a former run, which is done again
    PAYLOADS=10000   orders through `submit_orders`
    MAILS=1000       mails to the address of a channel
    FILES=1000       files through the upload, the check and the import
"""

import io
import json
import logging
import os
import random
import time
from collections import Counter
from email.message import EmailMessage

from scenario import mutations
from scenario.stage import Stage

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError

BATCH = 50
ADDRESS = "orders@shop.example.com"
HEADER = ["Order No", "Customer", "E-mail", "SKU", "Qty", "Unit Price", "Date", "Note"]


class Complaints(logging.Handler):
    """What is logged as an error, or with a traceback, which nobody expected."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        if record.exc_info or record.levelno >= logging.ERROR:
            self.texts.append(self.format(record))


class Fuzz(Stage):

    def __init__(self, registry):
        super().__init__(registry)
        self.seed = int(os.environ.get("SEED") or time.time())
        self.faults = []
        self.complaints = Complaints()
        # What is logged while tests are set up is none of these.
        logging.getLogger("odoo").addHandler(self.complaints)

    def set_up(self):
        super().set_up()
        with self.acting() as env:
            env["product.product"].create([
                {"name": code.title(), "default_code": code, "type": "consu", "list_price": 10, "taxes_id": False}
                for code in ("CHAIR", "DESK")])
            env["res.partner"].create({
                "name": "Blue Harbour Ltd", "email": "orders@blueharbour.example.com", "company_id": env.company.id})
            env.company.alias_domain_id = env["mail.alias.domain"].create({"name": ADDRESS.partition("@")[2]})
            mailbox = env["order.channel"].search([("kind", "=", "email")], limit=1)
            mailbox.alias_name = ADDRESS.partition("@")[0]
            self.mailbox = mailbox.id
            self.platform = env["order.channel"].search([("code", "=", "platform")], limit=1).id
            # Everything is kept, however much is wrong, and no sender is a loop.
            parameters = env["ir.config_parameter"]
            parameters.set_param("sale_order_lifecycle.max_refusals", 10**8)
            parameters.set_param("sale_order_lifecycle.max_refused_megabytes", 10**6)
            parameters.set_param("mail.gateway.loop.threshold", 10**8)

    def fail(self, what, number, text):
        self.faults.append(f"{what} {number}: {text}")
        print(f"    {self.faults[-1]}", flush=True)

    def note_complaints(self, what, number):
        for text in self.complaints.texts:
            self.fail(what, number, text.strip().splitlines()[-1][:300])
        self.complaints.texts.clear()

    def count(self, env, channel_id):
        """:return: pair of what is there of a channel: orders and rows of what was refused"""
        return tuple(
            env[model].with_context(active_test=False).search_count([("channel_id", "=", channel_id)])
            for model in ("sale.order", "order.channel.refusal"))

    # -- payloads ---------------------------------------------------------------------------------

    def new_payload(self, number, chance):
        return {
            "reference": f"P-{number}", "received_at": "2026-03-02T09:00:00",
            "customer": {"name": "Blue Harbour Ltd", "email": "orders@blueharbour.example.com", "country": "GB"},
            "note": "Gate 4", "currency": "USD",
            "lines": [{"sku": chance.choice(("CHAIR", "DESK")), "quantity": chance.randrange(1, 9),
                       "unit_price": chance.randrange(100) / 4, "discount": chance.choice((0, 5))}
                      for _line in range(chance.choice((1, 2, 3)))]}

    def play_payloads(self, count):
        results = Counter()
        for start in range(0, count, BATCH):
            chance = random.Random(f"{self.seed} payloads {start}")
            payloads = [
                mutations.mutate_value(self.new_payload(start + index, chance), chance) for index in range(BATCH)]
            try:
                with self.acting("sales") as env:
                    before = self.count(env(su=True), self.platform)
                    answers = env["order.channel"].submit_orders("platform", payloads)
                    env.flush_all()
                    orders, refusals = (
                        now - then for now, then in zip(self.count(env(su=True), self.platform), before))
                    found = Counter(answer["status"] for answer in answers)
                    results += found
                    if len(answers) != BATCH or found["created"] != orders or (
                            found["rejected"] + found["conflict"] != refusals):
                        self.fail("payloads", start, f"{dict(found)}, but {orders} orders and {refusals} refusals")
                    self.compare(env, start, payloads, answers)
            except Exception as error:
                self.fail("payloads", start, repr(error)[:300])
            self.note_complaints("payloads", start)
        return results

    def compare(self, env, start, payloads, answers):
        """What was created is what was written."""
        for index, (payload, answer) in enumerate(zip(payloads, answers)):
            if answer["status"] == "rejected" and not all(error["message"] for error in answer["errors"] or [{}]):
                self.fail("payload", start + index, "is refused without a reason")
            if answer["status"] != "created":
                continue
            lines = env["sale.order"].browse(answer["order_id"]).order_line
            written = [self.read_line(line) for line in payload["lines"]]
            created = [(line.product_id.default_code, line.product_uom_qty) for line in lines]
            if written != created:
                self.fail("payload", start + index, f"{json.dumps(payload['lines'])[:300]} became {created}")

    def read_line(self, line):
        """:return: what a line that was accepted can only mean"""
        return line["sku"].strip(" \ufeff\u202e\x00"), float(line["quantity"])

    # -- mails ------------------------------------------------------------------------------------

    def new_mails(self):
        """:return: list of mails without their first lines, which come from the server that has received them"""
        mails = []
        for subject, text in (("Order", "5 chairs"), ("订单：椅子", "请发五把椅子。")):
            mail = EmailMessage()
            mail["From"] = "Ms Lee <orders@blueharbour.example.com>"
            mail["To"] = ADDRESS
            mail["Subject"] = subject
            mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
            mail.set_content(text)
            mails.append(mail.as_bytes())
            mail.add_alternative(f"<p>{text}<br>café</p>", subtype="html")
            mail.add_attachment(b"%PDF-1.4 order", maintype="application", subtype="pdf", filename="采购订单.pdf")
            mail.add_attachment("sku,qty\nCHAIR,5\n", subtype="csv", filename="lines.csv")
            mails.append(mail.as_bytes())
            outer = EmailMessage()
            outer["From"], outer["To"], outer["Subject"] = "zhou@neu.example.cn", ADDRESS, f"Fwd: {subject}"
            outer.set_content(f"From: McDonald, Ronald <ronald@example.com>\n\n{text}")
            outer.add_attachment(mail)
            mails.append(outer.as_bytes())
        return mails

    def play_mails(self, count):
        results, mails = Counter(), self.new_mails()
        for number in range(count):
            chance = random.Random(f"{self.seed} mails {number}")
            raw = (f"Delivered-To: {ADDRESS}\r\nMessage-ID: <fuzz.{self.seed}.{number}@example.com>\r\n".encode()
                   + mutations.mutate_bytes(chance.choice(mails), chance, mutations.MAIL_TOKENS))
            try:
                with self.acting() as env:
                    before = self.count(env, self.mailbox)
                    env["mail.thread"].with_user(SUPERUSER_ID).message_process(None, raw)
                    env.flush_all()
                    env.cr.precommit.run()
                    orders, refusals = (now - then for now, then in zip(self.count(env, self.mailbox), before))
                results["order" if orders else "listed"] += 1
                if orders + refusals != 1:
                    self.fail("mail", number, f"made {orders} orders and {refusals} refusals")
            except Exception as error:
                self.fail("mail", number, repr(error)[:300])
            self.note_complaints("mail", number)
        return results

    # -- files ------------------------------------------------------------------------------------

    def new_file(self, number, chance):
        """:return: triple of the name of a file, its content, and whether it is a workbook"""
        rows = [
            [f"F-{number}-{index // 2}", "Blue Harbour Ltd", "orders@blueharbour.example.com",
             chance.choice(("CHAIR", "DESK")), chance.randrange(1, 9), chance.randrange(400) / 4, "2026-03-02",
             chance.choice(("Gate 4", "大门四", 'a "rack", 19"', "café"))]
            for index in range(chance.choice((1, 4, 12)))]
        if chance.random() < 0.3:
            import xlsxwriter
            stream = io.BytesIO()
            with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
                sheet = book.add_worksheet()
                for index, row in enumerate([HEADER, *rows]):
                    sheet.write_row(index, 0, row)
            return "orders.xlsx", stream.getvalue(), True
        separator = chance.choice(",;\t|")
        comma = separator != "," and chance.random() < 0.5

        def write(cell):
            text = str(cell).replace(".", ",") if comma and isinstance(cell, float) else str(cell)
            doubled = text.replace('"', '""')
            return f'"{doubled}"' if separator in text or '"' in text else text

        text = "\r\n".join(separator.join(map(write, row)) for row in [HEADER, *rows])
        encoding = chance.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16"))
        return "orders.csv", text.encode(encoding), False

    def play_files(self, count):
        results = Counter()
        for number in range(count):
            chance = random.Random(f"{self.seed} files {number}")
            name, content, is_workbook = self.new_file(number, chance)
            content = mutations.mutate_workbook(content, chance) if is_workbook else (
                mutations.mutate_bytes(content, chance, mutations.FILE_TOKENS))
            try:
                results += self.play_file(number, name, content)
            except UserError:
                # Said to the person who has selected the file, who has it still.
                results["file refused"] += 1
            except Exception as error:
                self.fail("file", number, repr(error)[:300])
            self.note_complaints("file", number)
        return results

    def play_file(self, number, name, content):
        with self.acting("sales") as env:
            channel = env["order.channel"].browse(self.platform)
            order_import = env["order.import"]._create_from_file(channel, name, content)
            import_id = order_import.id
            if order_import.questions:
                return Counter({"file asks": 1})
            try:
                with env.cr.savepoint():
                    order_import.action_check()
            except UserError:
                return Counter({"file not recognised": 1})
            checked = Counter(order_import.row_ids.mapped("status"))
            order_import.action_import()
        with self.acting("sales") as env:
            order_import = env["order.import"].browse(import_id)
            found = Counter(order_import.row_ids.mapped("status"))
            if order_import.state != "done" or found["new"] or found["valid"]:
                self.fail("file", number, f"is {order_import.state} with the rows {dict(found)}")
            if checked["valid"] != found["created"]:
                self.fail("file", number, f"rows were {dict(checked)} at the check and {dict(found)} afterwards")
            refused = order_import.row_ids.filtered(lambda row: row.status in ("rejected", "conflict"))
            if not all(refused.mapped("message")):
                self.fail("file", number, "has rows that are refused without a reason")
            if any(not row.order_id for row in order_import.row_ids - refused):
                self.fail("file", number, "has rows that are imported and have no order")
            self.compare_rows(number, order_import)
            return found

    def compare_rows(self, number, order_import):
        """Each row that was imported is a line with what its plain cells say."""
        place = {column.field: column.sequence for column in order_import.column_ids if column.field}
        imported = order_import.row_ids.filtered(lambda row: row.status == "created")
        for order, rows in imported.grouped("order_id").items():
            written = [(row.cells[place["lines.sku"]], row.cells[place["lines.quantity"]]) for row in rows]
            created = [(line.product_id.default_code, line.product_uom_qty) for line in order.order_line]
            if len(written) != len(created) or any(
                    sku != product or str(count).isdecimal() and float(count) != quantity
                    for (sku, count), (product, quantity) in zip(written, created)):
                self.fail("file", number, f"{written} became {created}")


def main(registry, argv):
    fuzz = Fuzz(registry)
    print(f"SEED={fuzz.seed}", flush=True)
    fuzz.set_up()
    fuzz.complaints.texts.clear()
    for what, default, play in (
            ("PAYLOADS", 10000, fuzz.play_payloads),
            ("MAILS", 1000, fuzz.play_mails),
            ("FILES", 1000, fuzz.play_files)):
        begin, count = time.monotonic(), int(os.environ.get(what) or default)
        results = dict(sorted(play(count).items()))
        print(f"  {count} {what.lower()}: {results}, {time.monotonic() - begin:.0f} s", flush=True)
    print(f"{len(fuzz.faults)} faults (SEED={fuzz.seed})")
    return 1 if fuzz.faults else 0
