"""Three orders (a product that is made, a service, a mixed one) from their arrival to a verified archive.

One thing goes wrong with each, and is put right: a vendor is late, a machine is late, a part fails its inspection.

They arrive in the month before the last one: the customers are called when it is due, and the two months are
assessed at the end. The archive and the assessment are of today.

Every document, mail and file that leaves the company on the way lies in build/demo afterwards.
"""

import base64
import io
import json
import math
from datetime import date, datetime, time, timedelta

from freezegun import freeze_time
from PIL import Image, ImageDraw

from odoo import fields

from . import paper
from .aftersales import Aftersales
from .assessment import Assessment
from .stage import PEOPLE, seconds
from .tracking import Tracking


def get_period():
    """:return: pair of the first and the last day of the two months before this one"""
    last = date.today().replace(day=1) - timedelta(days=1)
    return (last.replace(day=1) - timedelta(days=1)).replace(day=1), last


def at_nine(day):
    return datetime.combine(day, time(9))


def draw_signature():
    """:return: a picture of a signature in base64, as the portal sends it"""
    picture = Image.new("L", (240, 80), 255)
    draw = ImageDraw.Draw(picture)
    points = [(x, 40 + 22 * math.sin(x / 9) * math.cos(x / 31)) for x in range(20, 220)]
    draw.line(points, fill=0, width=3)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


class Story(Tracking, Aftersales, Assessment):

    # -- the date ---------------------------------------------------------------------------------------

    def begin(self, clock, day):
        """From now on the date is that of a clock of freezegun, which goes on by itself."""
        self.clock = clock
        self.day = day
        self.go_on(0)

    def go_on(self, days=1):
        """Work goes on so many working days later, in the morning."""
        while days or self.day.weekday() >= 5:
            self.day += timedelta(days=1)
            days -= days > 0 and self.day.weekday() < 5
        self.clock.move_to(at_nine(self.day))

    def move_to(self, day):
        """Work goes on on this day, or on the next working day."""
        if day > self.day:
            self.day = day
            self.go_on(0)

    # -- what is sold -----------------------------------------------------------------------------------

    def set_up_goods(self):
        """A lamp made to order of a shade that is made of a glass that is bought to order, a cable from stock, and an
        installation. The glass is inspected when it is received."""
        with self.acting() as env:
            env.company.write({"name": "Lumen Works Ltd", "street": "8 Canal Road", "city": "Leeds", "zip": "LS1 1AA",
                               "email": "office@lumen.example.com"})
            warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
            to_order = env.ref("stock.route_warehouse0_mto")
            to_order.active = True
            common = {"taxes_id": False, "supplier_taxes_id": False}
            vendor = env["res.partner"].create({"name": "Glass Works", "email": "glass@example.com"})
            glass = env["product.product"].create({
                **common, "name": "Shade Glass", "type": "consu", "is_storable": True,
                "route_ids": [(6, 0, (to_order | warehouse.buy_pull_id.route_id).ids)],
                "seller_ids": [(0, 0, {"partner_id": vendor.id, "price": 12})],
            })
            shade = env["product.product"].create({
                **common, "name": "Glass Shade", "type": "consu", "is_storable": True,
                "route_ids": [(6, 0, (to_order | warehouse.manufacture_pull_id.route_id).ids)],
            })
            lamp = env["product.product"].create({
                **common, "name": "Table Lamp", "type": "consu", "is_storable": True, "list_price": 90,
                "route_ids": [(6, 0, (to_order | warehouse.manufacture_pull_id.route_id).ids)],
            })
            env["mrp.bom"].create([{
                "product_tmpl_id": made.product_tmpl_id.id, "bom_line_ids": [(0, 0, {"product_id": part.id})],
            } for made, part in ((lamp, shade), (shade, glass))])
            env.ref("sale_order_lifecycle.policy_template_standard").inspection_plan_ids = [(0, 0, {
                "name": "Incoming glass", "point": "receipt", "product_ids": [(6, 0, glass.ids)]})]
            cable = env["product.product"].create({
                **common, "name": "Cable", "type": "consu", "is_storable": True, "list_price": 8})
            env["stock.quant"]._update_available_quantity(cable, warehouse.lot_stock_id, 500)
            service = env["product.product"].create({
                **common, "name": "Installation", "type": "service", "list_price": 60, "invoice_policy": "delivery"})
            term = env["account.payment.term"].create({
                "name": "30 Days Net", "note": "Payment terms: 30 days net", "line_ids": [(0, 0, {
                    "value": "percent", "value_amount": 100, "nb_days": 30})]})
            # Chinese names, so that the papers for a Chinese customer are Chinese throughout.
            for product, name in ((lamp, "台灯"), (cable, "电缆"), (service, "安装服务"), (shade, "玻璃灯罩"),
                                  (glass, "灯罩玻璃")):
                product.with_context(lang="zh_CN").name = name
            term.with_context(lang="zh_CN").update({"name": "30 天净额", "note": "付款条件：30 天净额"})
            customer, chinese = env["res.partner"].create([{
                "name": "Blue Harbour Hotel", "email": "desk@blueharbour.example.com", "phone": "+44 20 7946 0000",
                "street": "1 Quay Street", "city": "Bristol", "zip": "BS1 4AA",
            }, {
                "name": "青港酒店有限公司", "email": "caigou@qinggang.example.com", "phone": "+86 532 8000 0000",
                "street": "香港中路 10 号", "city": "青岛市", "zip": "266071", "country_id": env.ref("base.cn").id,
                "lang": "zh_CN",
            }])
            self.ids = {"lamp": lamp.id, "cable": cable.id, "service": service.id, "term": term.id,
                        "customer": customer.id, "chinese": chinese.id}

    # -- an order's way ---------------------------------------------------------------------------------

    def order(self, title, lines, wrong, customer="customer", correct=False, signs=False, late=False, complains=False):
        """Take one order from its arrival to the customer's payment.

        :param wrong: what goes wrong after the confirmation: ``vendor``, ``machine`` or ``part``
        :param correct: finance returns it first, for sales to correct
        :param signs: the customer signs on the portal while the departments review; then it confirms by itself
        :param late: finance takes longer for its review than the policy allows
        :param complains: a lamp of it is broken, and comes back
        :return: its id
        """
        print(f"\n{title}")
        with self.step("Register the order taken by phone", "sales") as env:
            order = env["sale.order"].create({
                "partner_id": self.ids[customer],
                "payment_term_id": self.ids["term"],
                "commitment_date": fields.Datetime.add(fields.Datetime.now(), days=14),
                "order_line": [(0, 0, {"product_id": self.ids[name], "product_uom_qty": quantity})
                               for name, quantity in lines],
            })
            order.action_register()
            order_id = order.id
        if signs:
            self.mail(order_id, "Mail the quotation to the customer")
        else:
            with self.step("Confirm the order with the customer, by phone", "sales") as env:
                env["sale.order"].browse(order_id).action_confirm_customer("phone", "Everything as ordered.")
        with self.step("Submit for review; sales decides its own stage", "sales") as env:
            env["sale.order"].browse(order_id).action_submit_and_review()
        if correct:
            self.return_and_correct(order_id)
        if signs:
            self.sign(order_id)
        self.review(order_id, late)
        with self.acting() as env:
            confirmed = env["sale.order"].browse(order_id).state == "sale"
        if not confirmed:
            with self.step("Confirm: Odoo makes what the order needs", "sales") as env:
                env["sale.order"].browse(order_id).action_confirm()
            self.mail(order_id, "Notify the customer that the order is accepted")
        if wrong == "machine":
            self.be_stuck(order_id)
        self.purchase(order_id, late=wrong == "vendor", fails=wrong == "part")
        self.produce(order_id)
        self.bring(order_id)
        self.serve(order_id)
        self.settle(order_id, complains)
        self.go_on()
        return order_id

    def mail(self, order_id, text):
        with self.step(text, "sales") as env:
            action = env["sale.order"].browse(order_id).action_quotation_send()
            env["mail.compose.message"].with_context(action["context"]).create({}).action_send_mail()

    def sign(self, order_id):
        with self.acting() as env:
            token = env["sale.order"].browse(order_id)._portal_ensure_token()
        with self.step("Sign on the portal, while the departments review", "The customer"):
            answer = paper.Browser(self.registry.db_name).call(
                f"/my/orders/{order_id}/accept", access_token=token, name="Lin Xiaoyu", signature=draw_signature())
            assert answer.get("force_refresh"), answer

    def pending(self, env, order_id):
        return env["order.review"].search([("order_id", "=", order_id), ("state", "=", "pending")])

    def return_and_correct(self, order_id):
        with self.step("Finance returns it: the discount is missing", "finance") as env:
            reviews = self.pending(env, order_id).filtered("can_decide")
            reviews.action_return("Give the agreed 5 % discount.")
        with self.step("Sales corrects the discount and submits again", "sales") as env:
            order = env["sale.order"].browse(order_id)
            order.order_line.discount = 5
            order.action_submit_and_review()

    def review(self, order_id, late=False):
        """Each department approves when it is its turn, with the date that it plans.

        :param late: finance decides three days later
        """
        while True:
            with self.acting() as env:
                pending = [(review.role_id.code, review.id) for review in self.pending(env, order_id)]
            if not pending:
                return
            for role, review_id in pending:
                with self.acting() as env:
                    stage = env["order.review"].browse(review_id).stage_id.name
                if late and role == "finance":
                    self.go_on(3)
                    late = False
                with self.step(f"Approve “{stage}”", role) as env:
                    review = env["order.review"].browse(review_id)
                    if review.requires_plan != "none":
                        review.planned_date = fields.Date.add(fields.Date.today(), days=10)
                    review.action_approve()

    def bring(self, order_id):
        with self.acting() as env:
            pickings = env["sale.order"].browse(order_id).picking_ids.ids
        if pickings:
            self.go_on()
            with self.step("Deliver", "warehouse") as env:
                self.deliver(env["stock.picking"].browse(pickings))

    def serve(self, order_id):
        with self.acting() as env:
            lines = env["sale.order"].browse(order_id).order_line.filtered(
                lambda line: line.product_id.type == "service").ids
        if lines:
            with self.step("Enter the service as delivered", "sales") as env:
                for line in env["sale.order.line"].browse(lines):
                    line.qty_delivered = line.product_uom_qty

    def settle(self, order_id, complains):
        with self.step("Post the invoice, and mail it", "accountant") as env:
            invoice = self.invoice(env["sale.order"].browse(order_id))
            env["account.move.send.wizard"].with_context(
                active_model="account.move", active_ids=invoice.ids).create({}).action_send_and_print()
            invoice_id = invoice.id
        self.go_on()
        if complains:
            self.complain(order_id, self.ids["lamp"], "台灯灯罩破裂", "两盏台灯中有一盏灯罩破裂，请处理。")
            self.credit(invoice_id, self.ids["lamp"])
            self.go_on()
        with self.step("Enter the customer's payment", "accountant") as env:
            self.pay(env["account.move"].browse(invoice_id))
        text = ("Settle, with the reason of the difference: one lamp came back" if complains
                else "Settle: what was agreed is what was invoiced and paid")
        with self.step(text, "finance") as env:
            settlement = env["order.settlement"].search([("order_id", "=", order_id)])
            settlement.action_settle(*(("One lamp broke on the way and came back.", "logistics") if complains else ()))
            print(f"  = {settlement.order_id.name}: {settlement.paid_amount:.2f} of "
                  f"{settlement.contract_amount:.2f} paid")

    # -- the archive ------------------------------------------------------------------------------------

    def archive(self, order_ids):
        """Seal, verify and export the dossiers; :return: whether all of it is as it should be."""
        print("\nThe archive")
        with self.step("Prepare the dossiers", "archivist") as env:
            env["sale.order"].browse(order_ids).action_prepare_archive()
        with self.step("Seal them: every document is printed, hashed and chained", "archivist") as env:
            env["sale.order"].browse(order_ids).archive_ids.action_seal()
        with self.step("Verify every file, row and the chain", "archivist") as env:
            results = env["sale.order"].browse(order_ids).archive_ids.action_verify()
        for result in results:
            for problem in result["problems"]:
                print(f"    {problem['message']}")
        with self.step("Export them as one ZIP file", "archivist") as env:
            action = env["sale.order"].browse(order_ids).archive_ids.action_export("Demonstration")
        archive = paper.save(
            "Archive.zip", paper.Browser(self.registry.db_name, "archivist").download(action))
        with self.step("Check the ZIP file by its own manifest", "Nobody needs Odoo"):
            count = paper.unpack(archive)
        print(f"  = {count} files are what was sealed")
        self.check_aftersales(archive)
        with self.acting() as env:
            phases = set(env["sale.order"].browse(order_ids).mapped("lifecycle_phase"))
        return all(result["ok"] for result in results) and phases == {"archived"}

    def check_aftersales(self, archive):
        """See that the paper of the ticket and the facts of ticket and calls are in the exported dossiers."""
        papers = [path.name for path in archive.with_suffix("").glob("*/After-sales/*.pdf")]
        facts = [json.loads(path.read_bytes()) for path in archive.with_suffix("").glob("*/Facts/facts.json")]
        tickets = [ticket for fact in facts for ticket in fact["tickets"]]
        visits = [visit for fact in facts for visit in fact["visits"] if visit["state"] == "done"]
        assert len(papers) == len(tickets) == 1, f"The dossiers have {papers} for {len(tickets)} tickets"
        assert len(visits) == len(facts), f"The dossiers have {len(visits)} visits"
        print(f"  = {papers[0]} and {len(visits)} visits are in the dossiers")

    def print_more(self, order_ids):
        """What a company prints besides, in both languages: its policy, the review sheets, the tickets."""
        print("\nOn paper")
        for lang in ("en_US", "zh_CN"):
            with self.step(f"Print the ticket in {lang}", "aftersales") as env:
                for ticket in env["order.ticket"].with_context(lang=lang).search([("order_id", "in", order_ids)]):
                    paper.save(f"Tickets/{ticket.name} {lang}.pdf", paper.print_report(
                        "sale_order_lifecycle.action_report_ticket", ticket))
            with self.step(f"Print the policy and the review sheets in {lang}", "manager") as env:
                orders = env["sale.order"].with_context(lang=lang).browse(order_ids)
                paper.save(f"Policy {lang}.pdf", paper.print_report(
                    "sale_order_lifecycle.action_report_policy", orders.company_id.order_policy_id))
                for order in orders:
                    paper.save(f"Review sheets/{order.name} {lang}.pdf", paper.print_report(
                        "sale_order_lifecycle.action_report_review_sheet", order))


def play(registry):
    begin = seconds()
    story = Story(registry)
    paper.clear()
    print(f"{'Step':<68} {'Who':<16} {'Time':>9}")
    date_from, date_to = get_period()
    with paper.posting() as mails:
        with freeze_time(at_nine(date_from), tick=True) as clock:
            story.begin(clock, date_from)
            # The policy that is adopted names what is inspected.
            story.set_up_goods()
            story.set_up()
            order_ids = [
                story.order("A product made to order of a bought part", [("lamp", 20)], "vendor", correct=True),
                story.order("A service, signed for on the portal", [("service", 3)], "machine", signs=True),
                story.order("A mixed order of a Chinese customer", [("lamp", 2), ("cable", 10), ("service", 1)],
                            "part", customer="chinese", signs=True, late=True, complains=True),
            ]
            story.visit(order_ids)
        good = story.archive(order_ids)
        good = story.assess(date_from, date_to) and good
        story.print_more(order_ids)
    print(f"\n{len(order_ids)} orders are archived and verified, the period is assessed"
          f"{'' if good else ': NOT AS IT SHOULD BE'}, {len(mails)} mails sent ({seconds() - begin:.0f} s, "
          f"{len(PEOPLE)} people). All papers are in {paper.FOLDER}")
    return 0 if good else 1
