import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const row = (customer) => `.o_data_row:has([name='partner_id']:contains("${customer}"))`;
const select = (customer) => ({
    content: `Choose ${customer}`,
    trigger: `${row(customer)} .o_list_record_selector input`,
    run: "click",
});

/** Finance finds its settlements in the menu, settles many from the list and one by a reason from its form. */
tours.add("order_settle", {
    steps: () => [
        { content: "Reviews are the start screen", trigger: ".o_breadcrumb:contains('Reviews')" },
        {
            content: "To the settlements",
            trigger: ".o_menu_sections [data-menu-xmlid='sale_order_lifecycle.menu_order_settlement']",
            run: "click",
        },
        { content: "The settlements are there", trigger: ".o_breadcrumb:contains('Settlements')" },
        { content: "One is to check", trigger: `${row("Customer One")} [name='state']:contains('To Check')` },
        { content: "One differs", trigger: `${row("Customer Short")} [name='state']:contains('Difference')` },
        select("Customer One"),
        select("Customer Two"),
        select("Customer Unpaid"),
        {
            content: "Settle many",
            trigger: ".o_control_panel button[name='action_settle_possible']",
            run: "click",
        },
        { content: "The summary says how many", trigger: ".o_notification:contains('2 orders settled')" },
        { content: "And names the other", trigger: ".o_notification:contains('unpaid')" },
        { content: "What is settled is gone from the list", trigger: `.o_list_view:not(:has(${row("Customer One")}))` },
        { content: "What is unpaid stays", trigger: `${row("Customer Unpaid")} [name='state']:contains('Outstanding')` },
        {
            content: "Open the one that differs",
            trigger: `${row("Customer Short")} td[name='partner_id']`,
            run: "click",
        },
        { content: "The sides of the account", trigger: ".o_field_widget[name='difference_amount']:contains('200.00')" },
        { content: "The form is there, with its chatter", trigger: ".o-mail-Thread:contains('The conversation is empty')" },
        { content: "It is not settled without a reason", trigger: "button[name='action_open_reason']", run: "click" },
        { content: "Without a reason", trigger: ".modal button[name='action_settle']", run: "click" },
        { content: "The dialog asks for it", trigger: ".modal .o_field_invalid[name='reason']" },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name='reason'] textarea",
            run: "edit Two pieces were sold out.",
        },
        { content: "Settle", trigger: ".modal button[name='action_settle']", run: "click" },
        { content: "It is settled", trigger: ".o_statusbar_status .o_arrow_button_current:contains('Settled')" },
        { content: "By finance", trigger: ".o_field_widget[name='settled_by_id']:contains('Test Finance')" },
        {
            content: "With the reason",
            trigger: ".o_field_widget[name='difference_reason']:contains('Two pieces were sold out.')",
        },
        { content: "To the order", trigger: "button[name='action_open_order']", run: "click" },
        {
            content: "The order is with after-sales",
            trigger: ".o_field_widget[name='lifecycle_phase'] .o_arrow_button_current:contains('After-sales')",
        },
        { content: "Its account", trigger: "a.nav-link:contains('Settlement')", run: "click" },
        {
            content: "What was agreed and paid, side by side",
            trigger: ".o_field_widget[name='settlement_ids'] .o_data_row:contains('500.00'):contains('300.00')",
        },
    ],
});
