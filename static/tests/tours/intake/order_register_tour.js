import { registry } from "@web/core/registry";
import { backToBoard, choose, seeCard } from "../order_tour_utils";

/** A salesperson registers an order taken by phone and submits it for review. */
registry.category("web_tour.tours").add("order_register_and_submit", {
    steps: () => [
        { content: "The board is the start", trigger: ".o_order_board" },
        { content: "Enter an order", trigger: ".o-kanban-button-new", run: "click" },
        ...choose("partner_id", "Tour Customer"),
        {
            content: "The form tells what is missing",
            trigger: ".alert[name='missing_information']:contains('Enter the payment term.')",
        },
        ...choose("channel_id", "Phone"),
        ...choose("payment_term_id", "Tour Term"),
        {
            content: "What is still missing stays",
            trigger: ".alert[name='missing_information']:contains('Enter the date.'):not(:contains('payment term'))",
        },
        {
            content: "Promise a date",
            trigger: ".o_field_widget[name='promised_date'] input",
            run: "edit 12/31/2040 && press Enter",
        },
        { content: "Nothing is missing", trigger: ".o_form_view:not(:has(.alert[name='missing_information']))" },
        { content: "Add a line", trigger: ".o_field_x2many_list_row_add > a:first", run: "click" },
        {
            content: "Name the product",
            trigger: ".o_selected_row .o_field_widget[name^='product_'] input",
            run: "edit Tour Lantern",
        },
        {
            content: "Choose the product",
            trigger: ".o-autocomplete--dropdown-item:contains('Tour Lantern') > a:first",
            run: "click",
        },
        {
            content: "Its price is there",
            trigger: ".o_selected_row .o_field_widget[name='price_unit'] input:value('100.00')",
        },
        { content: "Register", trigger: "button[name='action_register']", run: "click" },
        { content: "It is registered", trigger: ".o_field_widget[name='registered_by_id']:contains('Test Sales')" },
        { content: "Submit for review", trigger: "button[name='action_submit_and_review']", run: "click" },
        {
            content: "It waits for finance",
            trigger: ".o_field_widget[name='waiting_for']:contains('Finance')",
        },
        { content: "It cannot be submitted twice", trigger: ".o_form_view:not(:has(button[name='action_submit_and_review']))" },
        { content: "Nor confirmed yet", trigger: ".o_form_view:not(:has(button[name='action_confirm']))" },
        ...backToBoard(),
        seeCard("Review", "Tour Customer"),
    ],
});
