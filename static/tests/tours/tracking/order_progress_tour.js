import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const row = (customer) => `.o_data_row:has([name='partner_id']:contains("${customer}"))`;
const select = (customer) => ({
    content: `Choose ${customer}`,
    trigger: `${row(customer)} .o_list_record_selector input`,
    run: "click",
});

/** A salesperson urges a department from the order, and sees the urge there. */
tours.add("order_progress_urge", {
    steps: () => [
        { content: "Urge", trigger: "button[name='action_open_urge']", run: "click" },
        {
            content: "The department at work is proposed",
            trigger: ".modal .o_field_widget[name='role_id'] input:value('Logistics')",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name='reason'] textarea",
            run: "edit The customer calls every day.",
        },
        { content: "Send it", trigger: ".modal button[name='action_urge']", run: "click" },
        { content: "It is counted on the order", trigger: "button[name='action_open_progress']:contains('1 open')" },
        { content: "And noted", trigger: ".o-mail-Message:contains('urges Logistics: The customer calls every day.')" },
        { content: "The reports of the order", trigger: "a.nav-link[name='progress_reports']", run: "click" },
        {
            content: "It waits for an answer",
            trigger: ".o_field_widget[name='progress_ids'] .o_data_row:contains('Logistics'):contains('Requested')",
        },
    ],
});

/** A department confirms what the records tell of many, and reports the urged one itself. */
tours.add("order_progress_report", {
    steps: () => [
        { content: "Reviews are the start screen", trigger: ".o_breadcrumb:contains('Reviews')" },
        { content: "Open the menu", trigger: ".o_menu_sections [data-menu-xmlid='sale_order_lifecycle.menu_tracking']", run: "click" },
        {
            content: "To the requests",
            trigger: ".o-dropdown--menu [data-menu-xmlid='sale_order_lifecycle.menu_order_progress']",
            run: "click",
        },
        { content: "They are there", trigger: ".o_breadcrumb:contains('Progress Requests')" },
        { content: "Why they are asked", trigger: `${row("Customer One")}:contains('Planned after the promised date')` },
        { content: "One is urged", trigger: `${row("Customer Third")}:contains('The customer calls every day.')` },
        select("Customer One"),
        select("Customer Two"),
        {
            content: "Confirm many",
            trigger: ".o_control_panel button[name='action_accept_possible']",
            run: "click",
        },
        { content: "The summary says how many", trigger: ".o_notification:contains('2 progress requests answered')" },
        { content: "They are gone from the list", trigger: `.o_list_view:not(:has(${row("Customer One")}))` },
        { content: "Open the urged one", trigger: `${row("Customer Third")} td[name='partner_id']`, run: "click" },
        { content: "The reason is there", trigger: ".o_field_widget[name='reason']:contains('every day')" },
        { content: "Report", trigger: "button[name='action_open_report']", run: "click" },
        { content: "How far", trigger: ".modal .o_field_widget[name='percent'] input", run: "edit 60" },
        {
            content: "And why",
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit The truck is loaded.",
        },
        { content: "Send it", trigger: ".modal button[name='action_report']", run: "click" },
        { content: "It is reported", trigger: ".o_statusbar_status .o_arrow_button_current:contains('Reported')" },
        { content: "By logistics", trigger: ".o_field_widget[name='reported_by_id']:contains('Test Logistics')" },
    ],
});
