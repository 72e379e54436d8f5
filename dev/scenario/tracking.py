"""What goes wrong on the way to the goods, and how it is put right: one thing with each order."""

from odoo import fields

from .stage import Stage


class Tracking(Stage):
    """The part of the story between the confirmation of an order and its delivery; `go_on` sets the date."""

    def purchase(self, order_id, late=False, fails=False):
        """Buy and receive the parts; quality inspects them.

        :param late: the vendor sends them later than they are needed
        :param fails: one of them fails the inspection
        """
        with self.acting() as env:
            purchases = env["sale.order"].browse(order_id).purchase_ids.ids
        if not purchases:
            return
        self.go_on()
        if late:
            self.be_late(order_id, purchases)
        with self.step("Order the parts from their vendor, made by the confirmation", "buyer") as env:
            env["purchase.order"].browse(purchases).button_confirm()
        with self.step("Receive the parts", "warehouse") as env:
            self.deliver(env["purchase.order"].sudo().browse(purchases).picking_ids.sudo(False))
        with self.acting() as env:
            inspections = env["sale.order"].browse(order_id).inspection_ids.filtered(
                lambda inspection: inspection.state == "todo").ids
            assert inspections, "The inspection plan has made no inspection of what was received"
        if fails:
            self.fail(order_id, inspections)
        else:
            with self.step("Inspect the parts: they are in order", "quality") as env:
                env["order.inspection"].browse(inspections).action_pass()
        self.check_inspected(order_id)

    def produce(self, order_id):
        """Make everything, level after level."""
        with self.acting() as env:
            productions = env["sale.order"].browse(order_id).production_ids.sorted("date_start").ids
        if not productions:
            return
        self.go_on()
        with self.step("Produce the lamps with their shades, made by the confirmation", "worker") as env:
            for production in env["mrp.production"].browse(productions):
                production.action_assign()
                production.qty_producing = production.product_qty
                production.move_raw_ids.picked = True
                production.button_mark_done()
        self.check_progress(order_id, purchase=100, production=100)

    # -- one thing goes wrong ----------------------------------------------------------------------

    def be_late(self, order_id, purchases):
        """The vendor names a later day than the parts are needed on."""
        with self.step("The vendor sends the parts three weeks later: enter the day", "buyer") as env:
            lines = env["purchase.order"].browse(purchases).order_line
            lines.date_planned = fields.Datetime.add(fields.Datetime.now(), days=21)
        incident_id = self.detect(order_id, "supplier")
        self.put_right(
            incident_id, "purchasing", "The parts come by express from a second kiln.", "supplier_late", days=18)

    def be_stuck(self, order_id):
        """The machine that a service needs is late, as production tells when it is urged."""
        self.go_on()
        with self.step("Urge production: when does the lift come?", "sales") as env:
            env["sale.order"].browse(order_id).action_urge("production", "The customer asks when the work begins.")
        with self.step("Report the progress: the lift is under repair", "production") as env:
            requests = env["order.progress"].search([("order_id", "=", order_id), ("state", "=", "requested")])
            requests.action_report(
                0, fields.Date.to_string(fields.Date.add(fields.Date.today(), days=21)), "The lift is under repair.")
        incident_id = self.detect(order_id, "forecast")
        self.put_right(incident_id, "production", "Another lift is rented.", "production_machine", days=17)

    def fail(self, order_id, inspections):
        """One piece of what was received fails; it is repaired, and inspected again."""
        with self.step("Inspect the parts: one of them has a crack", "quality") as env:
            env["order.inspection"].browse(inspections).action_fail("One shade has a crack.", 1)
        incident_id = self.find_incident(order_id, "inspection")
        with self.step("Have the cracked one repaired", "quality") as env:
            again = env["order.inspection"].browse(inspections).action_rework().ids
        self.put_right(incident_id, "quality", "The glazier grinds the shade anew.", "supplier_defect")
        with self.step("Inspect what was repaired", "quality") as env:
            env["order.inspection"].browse(again).action_pass()

    # -- and is put right ---------------------------------------------------------------------------

    def detect(self, order_id, trigger):
        """Let the scheduled action find what is late.

        :return: id of the incident
        """
        with self.acting() as env:
            env["sale.order"]._cron_detect_incidents()
        return self.find_incident(order_id, trigger)

    def find_incident(self, order_id, trigger):
        with self.acting() as env:
            incident = env["order.incident"].search([("order_id", "=", order_id), ("trigger", "=", trigger)])
            assert len(incident) == 1, f"The system has opened no incident: {trigger}"
            print(f"  = {incident.display_name}: {incident.description.splitlines()[0]}")
            return incident.id

    def put_right(self, incident_id, who, measure, cause, days=None):
        """A department takes a measure; the customer is told the new date, and the incident is resolved.

        :param cause: which of the addon's root causes it is, without which the standard policy lets nobody resolve
        :param days: from today to the day on which the order can be delivered; None where the promise is kept
        """
        new_date = days and fields.Date.to_string(fields.Date.add(fields.Date.today(), days=days))
        with self.step("Say what is done about it", who) as env:
            env["order.incident"].browse(incident_id).action_act(measure, new_date)
        if days:
            with self.step("Tell the customer the new date", "sales") as env:
                env["order.incident"].browse(incident_id).action_tell_customer()
        with self.step("Resolve the incident", who) as env:
            cause_id = env.ref(f"sale_order_lifecycle.order_incident_cause_{cause}").id
            env["order.incident"].browse(incident_id).action_resolve(cause_id=cause_id)
        with self.acting() as env:
            order = env["order.incident"].browse(incident_id).order_id
            assert str(order.told_date or "") == (new_date or ""), f"{order.name}: told {order.told_date}"
            assert not order.open_incident_count, f"{order.name} has an open incident"
            told = {row["state"] for row in order._get_timeline()[order.id] if row["kind"] == "incident"}
            assert told == {"done"}, f"The timeline of {order.name} tells of incidents: {told}"

    # -- what is checked ----------------------------------------------------------------------------

    def check_inspected(self, order_id):
        with self.acting() as env:
            order = env["sale.order"].browse(order_id)
            assert order.inspection_state == "passed", f"{order.name}: inspection {order.inspection_state}"
        self.check_progress(order_id, purchase=100, production=0)

    def check_progress(self, order_id, **expected):
        with self.acting() as env:
            order = env["sale.order"].browse(order_id)
            found = {kind: order[f"{kind}_progress"] for kind in expected}
            assert found == expected, f"{order.name}: progress {found} instead of {expected}"
