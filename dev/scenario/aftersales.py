"""What comes after the delivery: a complaint with a return, its credit note, and the calls to the customers."""

from odoo import fields

from . import paper
from .stage import Stage

# What the customers say when they are called, in the order of their visits.
SCORES = [(5, "Everything as agreed."), (4, "Friendly people."), (3, "One lamp was broken, but it was put right.")]


class Aftersales(Stage):
    """The part of the story that the after-sales department tells; `move_to` sets the date."""

    def complain(self, order_id, product_id, subject, description):
        """Take one complaint of the customer to its end: one piece of a product comes back.

        :return: id of the ticket
        """
        with self.acting() as env:
            token = env["sale.order"].browse(order_id)._portal_ensure_token()
        with self.step("Report a broken piece on the portal", "The customer"):
            paper.Browser(self.registry.db_name).fill_in(
                f"/my/orders/{order_id}/ticket", access_token=token, kind="complaint", subject=subject,
                description=description, product_id=str(product_id))
        with self.acting() as env:
            ticket_id = env["sale.order"].browse(order_id).ticket_ids.id
            assert ticket_id, "The portal has opened no ticket"
            # The database has a clock of its own, which no demonstration sets.
            env.cr.execute("UPDATE order_ticket SET create_date = %s WHERE id = %s", [fields.Datetime.now(), ticket_id])
        with self.step("Take it on, and answer", "aftersales") as env:
            ticket = env["order.ticket"].browse(ticket_id)
            ticket.action_assign_to_me()
            ticket.message_post(
                body="我们很抱歉。损坏的台灯由我们安排取回。", message_type="comment", subtype_xmlid="mail.mt_comment")
        with self.step("Make the return of one piece from the ticket", "aftersales") as env:
            env["order.ticket"].browse(ticket_id).action_create_return()
        with self.acting() as env:
            pickings = env["order.ticket"].browse(ticket_id).return_picking_ids.ids
        with self.step("Receive what comes back", "warehouse") as env:
            self.deliver(env["stock.picking"].browse(pickings))
        with self.step("Send the outcome, enter the cause, close the ticket", "aftersales") as env:
            ticket = env["order.ticket"].browse(ticket_id)
            ticket.cause_id = env.ref("sale_order_lifecycle.order_ticket_cause_delivery_damage")
            ticket.cause_note = "The lamps were packed without their corners."
            ticket.improvement = "Logistics packs lamps with corners from now on."
            ticket.action_tell_outcome("损坏的台灯已收回，货款将以红字发票冲减。")
            ticket.action_close()
            print(f"  = {ticket.name}: {ticket.return_summary}")
        return ticket_id

    def credit(self, invoice_id, product_id):
        """Credit the piece that came back, and set it off against the invoice."""
        with self.step("Credit the piece that came back, and mail the credit note", "accountant") as env:
            invoice = env["account.move"].browse(invoice_id)
            wizard = env["account.move.reversal"].with_context(
                active_model="account.move", active_ids=invoice.ids,
            ).create({"journal_id": invoice.journal_id.id, "reason": "退货"})
            credit = env["account.move"].browse(wizard.refund_moves()["res_id"])
            returned = credit.invoice_line_ids.filtered(lambda line: line.product_id.id == product_id)
            (credit.invoice_line_ids - returned).unlink()
            returned.quantity = 1
            credit.invoice_date = fields.Date.today()
            credit.action_post()
            env["account.move.send.wizard"].with_context(
                active_model="account.move", active_ids=credit.ids).create({}).action_send_and_print()
            owed = credit.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
            if not owed.reconciled:
                invoice.js_assign_outstanding_line(owed.id)

    def visit(self, order_ids):
        """Call the customers, none before the day that the policy has planned."""
        print("\nThe calls after the delivery")
        with self.acting() as env:
            visits = env["order.visit"].search([("order_id", "in", order_ids)], order="due_date, order_id")
            assert len(visits) == len(order_ids), "The policy has not planned a visit an order"
            planned = [(visit.id, visit.due_date, visit.order_id.name) for visit in visits]
        for (visit_id, due_date, order), (score, note) in zip(planned, SCORES, strict=True):
            self.move_to(due_date)
            with self.step(f"Call the customer of {order}, due on {due_date}: {score} of 5", "aftersales") as env:
                env["order.visit"].browse(visit_id).action_done(score, note)
