import { registry } from "@web/core/registry";
import { card, seeCard } from "../order_tour_utils";

/** A planner sees on the board what is to be produced, looks at the manufacturing order, and reports to sales. */
registry.category("web_tour.tours").add("order_planner", {
    steps: () => [
        seeCard("Production", "Planner Customer"),
        {
            content: "The card tells how much is made",
            trigger: `${card("Production", "Planner Customer")} .o_order_progress[data-kind='production'][data-percent='40']`,
        },
        { content: "Open the order", trigger: card("Production", "Planner Customer"), run: "click" },
        { content: "Look at its fulfilment", trigger: "a.nav-link[name='fulfilment']", run: "click" },
        {
            content: "What is made is done",
            trigger: ".o_order_document[data-kind='production'][data-state='done']",
        },
        {
            content: "Open the rest",
            trigger: ".o_order_document[data-kind='production']:not([data-state='done']) a",
            run: "click",
        },
        { content: "It tells the promised date", trigger: ".o_form_view .o_field_widget[name='promised_date']" },
        { content: "Back to the order", trigger: "button[name='action_view_served_orders']", run: "click" },
        { content: "Sales waits for a report", trigger: "button[name='action_open_progress']:contains('1 open')", run: "click" },
        {
            content: "Open what sales has asked",
            trigger: ".o_data_row:contains('The fair opens on Monday.') td[name='partner_id']",
            run: "click",
        },
        { content: "Report", trigger: ".o_form_view button[name='action_open_report']", run: "click" },
        {
            content: "What the records tell is proposed",
            trigger: ".modal .o_field_widget[name='percent'] input:value('40')",
        },
        {
            content: "Say what is missing",
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit The rest waits for the varnish.",
        },
        { content: "Send it", trigger: ".modal button[name='action_report']", run: "click" },
        { content: "It is reported", trigger: ".o_statusbar_status .o_arrow_button_current:contains('Reported')" },
    ],
});
