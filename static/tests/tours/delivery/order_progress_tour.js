import { registry } from "@web/core/registry";
import { card, seeCard } from "../order_tour_utils";

/** Logistics sees on the board how far an order is, and on the order by which documents. */
registry.category("web_tour.tours").add("order_progress", {
    steps: () => [
        seeCard("Delivery", "Tour Customer"),
        {
            content: "The card tells that production is through",
            trigger: `${card("Delivery", "Tour Customer")} .o_order_progress[data-kind='production'][data-percent='100']`,
        },
        {
            content: "and that nothing is delivered",
            trigger: `${card("Delivery", "Tour Customer")} .o_order_progress[data-kind='delivery'][data-percent='0']`,
        },
        { content: "Open the order", trigger: card("Delivery", "Tour Customer"), run: "click" },
        { content: "Look at its fulfilment", trigger: "a.nav-link[name='fulfilment']", run: "click" },
        { content: "The production is done", trigger: ".o_order_document[data-kind='production'][data-state='done']" },
        {
            content: "Nobody without access can open it",
            trigger: ".o_order_document[data-kind='production'] td:first-child:not(:has(a))",
        },
        { content: "Look at its timeline", trigger: "a.nav-link[name='timeline']", run: "click" },
        { content: "The order was received", trigger: ".o_order_timeline_event[data-kind='registered'][data-state='done']" },
        { content: "The production is done", trigger: ".o_order_timeline_event[data-kind='production'][data-state='done']" },
        {
            content: "Nobody without access can open it here either",
            trigger: ".o_order_timeline_event[data-kind='production']:not(:has(a))",
        },
        { content: "The transfer is due", trigger: ".o_order_timeline_event[data-kind='transfer']:not([data-state='done']) a" },
        { content: "Back to the documents", trigger: "a.nav-link[name='fulfilment']", run: "click" },
        { content: "Open the delivery", trigger: ".o_order_document[data-kind='transfer'] a", run: "click" },
        { content: "It is the transfer", trigger: ".o_form_view .o_field_widget[name='promised_date']" },
        { content: "Back to the order", trigger: "button[name='action_view_served_orders']", run: "click" },
        { content: "It is the order", trigger: ".o_form_view .o_field_widget[name='lifecycle_phase']" },
    ],
});
