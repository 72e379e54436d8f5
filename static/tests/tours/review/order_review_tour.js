import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { backToBoard, card, seeCard } from "../order_tour_utils";

const tours = registry.category("web_tour.tours");
const row = (customer) => `.o_data_row:has([name='partner_id']:contains("${customer}"))`;

/** Finance lands on its reviews and approves from the card, from the form and many from the list. */
tours.add("order_approve", {
    steps: () => [
        { content: "Reviews are the start screen", trigger: ".o_breadcrumb:contains('Reviews')" },
        seeCard("Pending", "Customer One"),
        {
            content: "Approve from the card",
            trigger: `${card("Pending", "Customer One")} button[name='action_approve']`,
            run: "click",
        },
        seeCard("Approved", "Customer One"),
        { content: "Open a review", trigger: card("Pending", "Customer Two"), run: "click" },
        { content: "Look at the lines", trigger: "a.nav-link:contains('Order Lines')", run: "click" },
        { content: "The line is there", trigger: ".o_field_widget[name='order_line'] .o_data_row:contains('Tour Lantern')" },
        { content: "Approve from the form", trigger: "button[name='action_approve']", run: "click" },
        { content: "It is decided", trigger: ".o_field_widget[name='decided_by_id']:contains('Test Finance')" },
        { content: "Back", trigger: ".breadcrumb-item a:contains('Reviews')", run: "click" },
        seeCard("Approved", "Customer Two"),
        { content: "To the list", trigger: ".o_switch_view.o_list", run: "click" },
        { content: "Choose one", trigger: `${row("Customer Three")} .o_list_record_selector input`, run: "click" },
        { content: "Choose another", trigger: `${row("Customer Four")} .o_list_record_selector input`, run: "click" },
        {
            content: "Approve many",
            trigger: ".o_control_panel button[name='action_approve_possible'], .o_list_selection_box ~ * button[name='action_approve_possible']",
            run: "click",
        },
        { content: "The summary says how many", trigger: ".o_notification:contains('2')" },
        { content: "One is approved", trigger: `${row("Customer Three")} [name='state']:contains('Approved')` },
        { content: "The other is", trigger: `${row("Customer Four")} [name='state']:contains('Approved')` },
    ],
});

const pick = (stage) => `.modal .o_field_widget[name='line_ids'] .o_data_row:contains('${stage}')`;

/** A member of finance and legal decides all pending reviews in one dialog, then only what stays ticked. */
tours.add("order_decide_all", {
    steps: () => [
        seeCard("Pending", "Customer One"),
        {
            content: "The card offers the dialog, not a silent approval",
            trigger: `${card("Pending", "Customer One")} button[name='action_open_decide']`,
            run: "click",
        },
        { content: "Finance is in it", trigger: pick("Review by finance") },
        { content: "Legal is in it", trigger: pick("Legal review") },
        {
            content: "Enter the plan of finance",
            trigger: `${pick("Review by finance")} td[name='planned_date']`,
            run: "click",
        },
        {
            content: "The date",
            trigger: ".modal .o_selected_row .o_field_widget[name='planned_date'] input",
            run: "edit 02/03/2031 && press Tab",
        },
        {
            content: "Answer the check",
            trigger: ".modal .o_field_widget[name='check_ids'] .o_data_row:contains('Contract read') td[name='result']",
            run: "click",
        },
        {
            content: "OK",
            trigger: ".modal .o_field_widget[name='check_ids'] .o_selected_row .o_field_widget[name='result'] input",
            run: "click",
        },
        { content: "Choose it", trigger: ".o_select_menu_item:contains('OK')", run: "click" },
        { content: "Approve both", trigger: ".modal button[name='action_apply']:contains('Approve')", run: "click" },
        seeCard("Approved", "Customer One"),
        { content: "Open the other one", trigger: card("Pending", "Customer Two"), run: "click" },
        { content: "Its order", trigger: "button[name='action_open_order']", run: "click" },
        { content: "Decide on the order", trigger: "button[name='action_decide_reviews']", run: "click" },
        {
            content: "Not finance now",
            trigger: `${pick("Review by finance")} td[name='is_chosen'] input`,
            run: "click",
        },
        {
            content: "Answer the check",
            trigger: ".modal .o_field_widget[name='check_ids'] .o_data_row:contains('Contract read') td[name='result']",
            run: "click",
        },
        {
            content: "OK",
            trigger: ".modal .o_field_widget[name='check_ids'] .o_selected_row .o_field_widget[name='result'] input",
            run: "click",
        },
        { content: "Choose it", trigger: ".o_select_menu_item:contains('OK')", run: "click" },
        { content: "Approve", trigger: ".modal button[name='action_apply']:contains('Approve')", run: "click" },
        {
            content: "Finance is left",
            trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name='waiting_for']:not(:contains('Legal'))",
        },
    ],
});

/** Somebody else, in another tab, changes the price of an order line. */
async function changePrice(customer, price) {
    const call = (method, args) =>
        rpc(`/web/dataset/call_kw/sale.order.line/${method}`, { model: "sale.order.line", method, args, kwargs: {} });
    const ids = await call("search", [[["order_id.partner_id.name", "=", customer]]]);
    await call("write", [ids, { price_unit: price }]);
}

/** A price changes while the reviews are on the screen: neither the card nor the list approves it. */
tours.add("order_changed_on_screen", {
    steps: () => [
        {
            content: "Sales changes the price",
            trigger: card("Pending", "Customer One"),
            run: () => changePrice("Customer One", 66),
        },
        {
            content: "Approve what the card shows",
            trigger: `${card("Pending", "Customer One")} button[name='action_approve']`,
            run: "click",
        },
        { content: "It is refused", trigger: ".modal:contains('has changed since you opened it')" },
        { content: "Understood", trigger: ".modal-footer button.btn-primary", run: "click" },
        { content: "To the list", trigger: ".o_switch_view.o_list", run: "click" },
        {
            content: "Choose one",
            trigger: `${row("Customer One")}:contains('Pending') .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "Choose another",
            trigger: `${row("Customer Two")}:contains('Pending') .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "It changes again",
            trigger: `${row("Customer Two")}.o_data_row_selected`,
            run: () => changePrice("Customer One", 77),
        },
        {
            content: "Approve many",
            trigger: ".o_control_panel button[name='action_approve_possible'], .o_list_selection_box ~ * button[name='action_approve_possible']",
            run: "click",
        },
        {
            content: "The summary says what was done and what not",
            trigger: ".o_notification:contains('1 reviews approved'):contains('has changed since you opened it')",
        },
    ],
});

/** Legal returns an order; without a comment the dialog stays. */
tours.add("order_return", {
    steps: () => [
        { content: "Reviews are the start screen", trigger: ".o_breadcrumb:contains('Reviews')" },
        {
            content: "Return from the card",
            trigger: `${card("Pending", "Tour Customer")} button[name='action_open_return']`,
            run: "click",
        },
        { content: "Without a comment", trigger: ".modal button[name='action_apply']:contains('Return')", run: "click" },
        { content: "The dialog asks for it", trigger: ".modal .o_field_invalid[name='comment']" },
        {
            content: "Say what is wrong",
            trigger: ".modal .o_field_widget[name='comment'] textarea",
            run: "edit The price differs from the contract.",
        },
        { content: "Return", trigger: ".modal button[name='action_apply']:contains('Return')", run: "click" },
        seeCard("Returned", "Tour Customer"),
    ],
});

/** Sales finds the returned order in Intake, corrects the price, submits again and sees the card move. */
tours.add("order_correct_and_resubmit", {
    steps: () => [
        seeCard("Intake", "Tour Customer"),
        {
            content: "The chip of legal tells that it was returned",
            trigger: `${card("Intake", "Tour Customer")} .o_order_board_chip[data-role='legal'][data-state='returned']`,
        },
        { content: "Open the order", trigger: card("Intake", "Tour Customer"), run: "click" },
        { content: "The form says what to do", trigger: ".alert[name='review_returned']:contains('submit it again')" },
        { content: "The to-do has the comment", trigger: ".o-mail-Activity:contains('The price differs from the contract.')" },
        { content: "Edit the price", trigger: ".o_field_widget[name='order_line'] .o_data_row td[name='price_unit']", run: "click" },
        {
            content: "The agreed price",
            trigger: ".o_selected_row .o_field_widget[name='price_unit'] input",
            run: "edit 95 && click body",
        },
        { content: "The amount follows", trigger: ".o_field_widget[name='tax_totals']:contains('95.00')" },
        { content: "Submit again", trigger: "button[name='action_submit_and_review']", run: "click" },
        { content: "Legal has it again", trigger: ".o_field_widget[name='waiting_for']:contains('Legal')" },
        { content: "The to-do is done", trigger: ".o_form_view:not(:has(.o-mail-Activity))" },
        ...backToBoard(),
        seeCard("Review", "Tour Customer"),
        {
            content: "The chip of legal is pending",
            trigger: `${card("Review", "Tour Customer")} .o_order_board_chip[data-role='legal'][data-state='pending']`,
        },
    ],
});
