"""Three orders (a product that is made, a service, a mixed one) from the telephone to the customer's door."""


from odoo import fields

from .stage import PEOPLE, Stage, seconds


class Story(Stage):

    def set_up_goods(self):
        """A lamp made to order of a part that is bought to order, a cable from stock, and an installation."""
        with self.acting() as env:
            warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
            to_order = env.ref("stock.route_warehouse0_mto")
            to_order.active = True
            common = {"taxes_id": False, "supplier_taxes_id": False}
            vendor = env["res.partner"].create({"name": "Glass Works", "email": "glass@example.com"})
            shade = env["product.product"].create({
                **common, "name": "Glass Shade", "type": "consu", "is_storable": True,
                "route_ids": [(6, 0, (to_order | warehouse.buy_pull_id.route_id).ids)],
                "seller_ids": [(0, 0, {"partner_id": vendor.id, "price": 12})],
            })
            lamp = env["product.product"].create({
                **common, "name": "Table Lamp", "type": "consu", "is_storable": True, "list_price": 90,
                "route_ids": [(6, 0, (to_order | warehouse.manufacture_pull_id.route_id).ids)],
            })
            env["mrp.bom"].create({
                "product_tmpl_id": lamp.product_tmpl_id.id, "bom_line_ids": [(0, 0, {"product_id": shade.id})]})
            cable = env["product.product"].create({
                **common, "name": "Cable", "type": "consu", "is_storable": True, "list_price": 8})
            env["stock.quant"]._update_available_quantity(cable, warehouse.lot_stock_id, 500)
            service = env["product.product"].create({
                **common, "name": "Installation", "type": "service", "list_price": 60, "invoice_policy": "delivery"})
            term = env["account.payment.term"].create({
                "name": "30 Days Net", "line_ids": [(0, 0, {
                    "value": "percent", "value_amount": 100, "nb_days": 30})]})
            customer = env["res.partner"].create({
                "name": "Blue Harbour Hotel", "email": "desk@blueharbour.example.com", "phone": "+44 20 7946 0000"})
            self.ids = {"lamp": lamp.id, "cable": cable.id, "service": service.id, "term": term.id,
                        "customer": customer.id}

    # -- an order's way ---------------------------------------------------------------------------------

    def order(self, title, lines, correct=False):
        print(f"\n{title}")
        with self.step("Register the order taken by phone", "sales") as env:
            order = env["sale.order"].create({
                "partner_id": self.ids["customer"],
                "payment_term_id": self.ids["term"],
                "commitment_date": fields.Datetime.add(fields.Datetime.now(), days=14),
                "order_line": [(0, 0, {"product_id": self.ids[name], "product_uom_qty": quantity})
                               for name, quantity in lines],
            })
            order.action_register()
            order_id = order.id
        with self.step("Submit for review; sales decides its own stage", "sales") as env:
            env["sale.order"].browse(order_id).action_submit_and_review()
        if correct:
            self.return_and_correct(order_id)
        self.review(order_id)
        with self.step("Confirm: Odoo makes what the order needs", "sales") as env:
            env["sale.order"].browse(order_id).action_confirm()
        self.purchase(order_id)
        self.produce(order_id)
        self.deliver(order_id)
        self.serve(order_id)
        with self.acting() as env:
            order = env["sale.order"].browse(order_id)
            phase = dict(order._fields["lifecycle_phase"]._description_selection(env))[order.lifecycle_phase]
            print(f"  = {order.name}: {phase}, fulfilled {order.fulfilled_at}, waits for {order.waiting_for}")
            return order.lifecycle_phase == "settlement" and bool(order.fulfilled_at)

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

    def review(self, order_id):
        """Each department approves when it is its turn, with the date that it plans."""
        while True:
            with self.acting() as env:
                pending = [(review.role_id.code, review.id) for review in self.pending(env, order_id)]
            if not pending:
                return
            for role, review_id in pending:
                with self.acting() as env:
                    stage = env["order.review"].browse(review_id).stage_id.name
                with self.step(f"Approve “{stage}”", role) as env:
                    review = env["order.review"].browse(review_id)
                    if review.requires_plan != "none":
                        review.planned_date = fields.Date.add(fields.Date.today(), days=10)
                    review.action_approve()

    def purchase(self, order_id):
        with self.acting() as env:
            purchases = env["sale.order"].browse(order_id)._get_purchase_orders().ids
        if purchases:
            with self.step("Order the part from its vendor, made by the confirmation", "buyer") as env:
                env["purchase.order"].browse(purchases).button_confirm()
            with self.step("Receive the part", "warehouse") as env:
                self.validate(env["purchase.order"].sudo().browse(purchases).picking_ids.sudo(False))

    def produce(self, order_id):
        with self.acting() as env:
            productions = env["sale.order"].browse(order_id).mrp_production_ids.ids
        if productions:
            with self.step("Produce the lamps, made by the confirmation", "worker") as env:
                orders = env["mrp.production"].browse(productions)
                orders.action_assign()
                for production in orders:
                    production.qty_producing = production.product_qty
                    production.move_raw_ids.picked = True
                orders.button_mark_done()

    def deliver(self, order_id):
        with self.acting() as env:
            pickings = env["sale.order"].browse(order_id).picking_ids.ids
        if pickings:
            with self.step("Deliver", "warehouse") as env:
                self.validate(env["stock.picking"].browse(pickings))

    def validate(self, pickings):
        pickings.action_assign()
        for move in pickings.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        pickings.with_context(skip_sms=True).button_validate()

    def serve(self, order_id):
        with self.acting() as env:
            lines = env["sale.order"].browse(order_id).order_line.filtered(
                lambda line: line.product_id.type == "service").ids
        if lines:
            with self.step("Enter the service as delivered", "sales") as env:
                for line in env["sale.order.line"].browse(lines):
                    line.qty_delivered = line.product_uom_qty


def play(registry):
    begin = seconds()
    story = Story(registry)
    print(f"{'Step':<68} {'Who':<16} {'Time':>9}")
    story.set_up()
    story.set_up_goods()
    done = [
        story.order("A product made to order of a bought part", [("lamp", 20)], correct=True),
        story.order("A service", [("service", 3)]),
        story.order("A mixed order", [("lamp", 2), ("cable", 10), ("service", 1)]),
    ]
    print(f"\n{sum(done)} of {len(done)} orders are delivered and wait for their settlement "
          f"({seconds() - begin:.0f} s, {len(PEOPLE)} people).")
    return 0 if all(done) else 1
