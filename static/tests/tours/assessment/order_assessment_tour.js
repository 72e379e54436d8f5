import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const figure = (name) => `.o_field_widget[name='line_ids'] .o_data_row:contains("${name}")`;

/** An assessor computes a period, looks at the evidence, enters what cannot be counted, confirms and publishes. */
tours.add("order_assessment", {
    steps: () => [
        { content: "Open the assessment", trigger: ".o_data_row:contains('Tour Period') td[name='name']", run: "click" },
        { content: "Compute it", trigger: "button[name='action_compute']", run: "click" },
        { content: "It is computed", trigger: ".o_arrow_button_current:contains('Computed')" },
        { content: "A figure is missing", trigger: ".alert[name='missing_entries']:contains('have not been entered yet')" },
        { content: "Its sheets", trigger: "button[name='action_open_sheets']", run: "click" },
        { content: "The list of sheets", trigger: ".o_breadcrumb:contains('Assessment Sheets')" },
        {
            content: "The one of the salesperson",
            trigger: ".o_data_row:contains('Test Sales of') td[name='employee_id']",
            run: "click",
        },
        { content: "Three of four", trigger: `${figure("Completion Rate")} [name='value']:contains('75.00')` },
        {
            content: "What is behind it",
            trigger: `${figure("Completion Rate")} button[name='action_open_evidence']`,
            run: "click",
        },
        { content: "Four orders", trigger: ".o_breadcrumb:contains('Completion Rate')" },
        { content: "No more, no less", trigger: ".o_pager_limit:contains('4')" },
        { content: "Back", trigger: ".breadcrumb-item a:contains('Test Sales of')", run: "click" },
        {
            content: "What is not as it should be",
            trigger: `${figure("Completion Rate")} button[name='action_open_failures']`,
            run: "click",
        },
        { content: "One order", trigger: ".o_pager_limit:contains('1')" },
        { content: "Back again", trigger: ".breadcrumb-item a:contains('Test Sales of')", run: "click" },
        { content: "Enter the other figure", trigger: `${figure("Teamwork")} td[name='manual_value']`, run: "click" },
        {
            content: "It is 85 %",
            trigger: ".o_selected_row .o_field_widget[name='manual_value'] input",
            run: "edit 85",
        },
        { content: "And why", trigger: ".o_selected_row .o_field_widget[name='note'] input", run: "edit Always there" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "The score follows", trigger: ".o_field_widget[name='score']:contains('80.00')" },
        { content: "Back to the list", trigger: ".breadcrumb-item a:contains('Assessment Sheets')", run: "click" },
        { content: "Back to the assessment", trigger: ".breadcrumb-item a:contains('Tour Period')", run: "click" },
        { content: "Confirm", trigger: "button[name='action_confirm']", run: "click" },
        { content: "Really", trigger: ".modal-footer button:contains('Confirm')", run: "click" },
        { content: "It is confirmed", trigger: ".o_arrow_button_current:contains('Confirmed')" },
        { content: "Publish", trigger: "button[name='action_publish']", run: "click" },
        { content: "Really", trigger: ".modal-footer button:contains('Publish')", run: "click" },
        { content: "It is published", trigger: ".o_arrow_button_current:contains('Published')" },
    ],
});

/** The employee finds the own sheet and reads why it is so. */
tours.add("order_assessment_own", {
    steps: () => [
        { content: "The own sheets", trigger: ".o_breadcrumb:contains('My Assessments')" },
        { content: "Open it", trigger: ".o_data_row:contains('Tour Period') td[name='score']", run: "click" },
        { content: "The score", trigger: ".o_field_widget[name='score']:contains('80.00')" },
        { content: "The figures", trigger: `${figure("Teamwork")}:contains('Always there')` },
        {
            content: "The orders behind them",
            trigger: `${figure("Completion Rate")} button[name='action_open_evidence']`,
            run: "click",
        },
        { content: "All four", trigger: ".o_pager_limit:contains('4')" },
    ],
});

/** The measure is decided from the card, extended, and ends with its outcome. */
tours.add("order_measure", {
    steps: () => [
        { content: "The board of measures", trigger: ".o_switch_view.o_kanban", run: "click" },
        {
            content: "Decide from the card",
            trigger: ".o_kanban_group:contains('Proposed') .o_kanban_record:contains('Sales Department') button[name='action_decide']",
            run: "click",
        },
        {
            content: "Open it",
            trigger: ".o_kanban_group:contains('Decided') .o_kanban_record:contains('Sales Department')",
            run: "click",
        },
        { content: "More time", trigger: "button[name='action_open_extend']", run: "click" },
        { content: "Why", trigger: ".modal .o_field_widget[name='text'] textarea", run: "edit Waits for the supplier" },
        { content: "Extend", trigger: ".modal-footer button[name='action_apply']:contains('Extend')", run: "click" },
        { content: "It is extended", trigger: ".o_field_widget[name='extension_reason']:contains('Waits for the supplier')" },
        { content: "It is rectified", trigger: "button[name='action_open_done']", run: "click" },
        { content: "What came of it", trigger: ".modal .o_field_widget[name='text'] textarea", run: "edit All in order now" },
        { content: "Done", trigger: ".modal-footer button[name='action_apply']:contains('Done')", run: "click" },
        { content: "The outcome stays", trigger: ".o_field_widget[name='outcome']:contains('All in order now')" },
    ],
});
