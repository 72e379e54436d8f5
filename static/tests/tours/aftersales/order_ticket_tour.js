import { registry } from "@web/core/registry";
import { choose } from "../order_tour_utils";

const tours = registry.category("web_tour.tours");

/** A customer reports a problem from the page of the order and writes once more. */
tours.add("ticket_report_problem", {
    steps: () => [
        { content: "Report a problem", trigger: "a[name='report_problem']", run: "click", expectUnloadPage: true },
        { content: "What it is about", trigger: "select[name='kind']", run: "select complaint" },
        { content: "Which product", trigger: "select[name='product_id']:has(option:contains('Tour Lantern'))", run: "selectByLabel Tour Lantern" },
        { content: "The subject", trigger: "input[name='subject']", run: "edit The glass is cracked" },
        { content: "What happened", trigger: "textarea[name='description']", run: "edit It fell out of the box." },
        { content: "Send", trigger: "button[type='submit']:contains('Send')", run: "click", expectUnloadPage: true },
        { content: "Thanks", trigger: ".alert-success:contains('We have received your request')" },
        { content: "It is new", trigger: "[name='ticket_stage']:contains('New')" },
        { content: "What was written", trigger: "#chatterRoot:shadow .o-mail-Message:contains('It fell out of the box.')" },
    ],
});

/** The agent finds the ticket, takes it on, meets the rules of closing, tells the outcome and closes. */
tours.add("ticket_close", {
    steps: () => [
        { content: "The board of tickets", trigger: ".o_kanban_record:contains('The glass is cracked')", run: "click" },
        { content: "Take it on", trigger: "button[name='action_assign_to_me']", run: "click" },
        { content: "It is mine", trigger: ".o_field_widget[name='user_id']:has(input:value('Test Aftersales'))" },
        { content: "Close", trigger: "button[name='action_close']", run: "click" },
        { content: "The cause is missing", trigger: ".modal .modal-body:contains('cause')" },
        { content: "Understood", trigger: ".modal footer button", run: "click" },
        { content: "Cause and outcome", trigger: "a.nav-link[name='cause']", run: "click" },
        ...choose("cause_id", "Damaged on the way"),
        { content: "Tell the outcome", trigger: "button[name='action_open_tell_outcome']", run: "click" },
        {
            content: "What the customer is told",
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit A new lantern is on its way.",
        },
        { content: "Tell", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "It is in the chatter", trigger: ".o-mail-Message:contains('A new lantern is on its way.')" },
        { content: "Goods come back", trigger: "button[name='action_open_return']", run: "click" },
        { content: "One lantern is proposed", trigger: ".modal .o_data_row:contains('Tour Lantern')" },
        { content: "Make the return", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "It is named", trigger: ".o_field_widget[name='return_summary']" },
        { content: "Close", trigger: "button[name='action_close']", run: "click" },
        { content: "It is closed", trigger: ".o_statusbar_status .o_arrow_button_current:contains('Closed')" },
        { content: "It may be reopened", trigger: "button[name='action_reopen']" },
    ],
});

/** The agent records a call from the list; a bad score opens a complaint. */
tours.add("visit_record", {
    steps: () => [
        { content: "Record", trigger: ".o_data_row:contains('Tour Customer') button[name='action_open_result']", run: "click" },
        { content: "Not satisfied", trigger: ".modal .o_field_widget[name='satisfaction'] input[data-value='2']", run: "click" },
        { content: "What was said", trigger: ".modal .o_field_widget[name='note'] textarea", run: "edit The box was wet." },
        { content: "Record", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "It is no call any more", trigger: ".o_list_view:not(:has(.o_data_row:contains('Tour Customer')))" },
    ],
});
