import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const current = (state) => ({
    content: `It is ${state}`,
    trigger: `.o_statusbar_status .o_arrow_button_current:contains('${state}')`,
});

/** A salesperson reports an incident on an order. */
tours.add("order_incident_report", {
    steps: () => [
        { content: "The order is there", trigger: ".o_field_widget[name='lifecycle_phase']" },
        { content: "Report an incident", trigger: "button[name='action_open_report_incident']", run: "click" },
        {
            content: "The departments of a delay are proposed",
            trigger: ".modal .o_field_widget[name='role_ids'] .o_tag:contains('Production')",
        },
        { content: "Without a word", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "The dialog asks for it", trigger: ".modal .o_field_invalid[name='description']" },
        {
            content: "Say what has happened",
            trigger: ".modal .o_field_widget[name='description'] textarea",
            run: "edit The machine is broken.",
        },
        { content: "Report", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "The incident is there", trigger: ".o_field_widget[name='description']:contains('machine is broken')" },
        current("Open"),
        { content: "Back to the order", trigger: "button[name='action_open_order']", run: "click" },
        { content: "It is counted there", trigger: "button[name='action_open_incidents']:contains('1')" },
        { content: "The order waits for it", trigger: ".o_field_widget[name='waiting_for']:contains('(incident)')" },
    ],
});

/** A department finds its incident in the menu, says what it does, and resolves it. */
tours.add("order_incident_resolve", {
    steps: () => [
        { content: "Open the menu", trigger: ".o_menu_sections [data-menu-xmlid='sale_order_lifecycle.menu_tracking']", run: "click" },
        {
            content: "To the incidents",
            trigger: ".o-dropdown--menu [data-menu-xmlid='sale_order_lifecycle.menu_order_incident']",
            run: "click",
        },
        { content: "The incidents are there", trigger: ".o_breadcrumb:contains('Incidents')" },
        { content: "One is on the board", trigger: ".o_kanban_record:contains('Incident Customer')" },
        { content: "As a list", trigger: ".o_switch_view.o_list", run: "click" },
        { content: "It is a row", trigger: ".o_data_row:contains('Incident Customer')" },
        { content: "In the calendar", trigger: ".o_switch_view.o_calendar", run: "click" },
        { content: "The calendar is there", trigger: ".o_calendar_view .fc-view" },
        { content: "As a board", trigger: ".o_switch_view.o_kanban", run: "click" },
        {
            content: "One is open",
            trigger: ".o_kanban_group:contains('Open') .o_kanban_record:contains('Incident Customer')",
            run: "click",
        },
        { content: "The form is there", trigger: ".o_field_widget[name='description']:contains('machine is broken')" },
        { content: "What is done", trigger: "button[name='action_open_act']", run: "click" },
        {
            content: "A machine",
            trigger: ".modal .o_field_widget[name='measure'] textarea",
            run: "edit A machine is hired.",
        },
        { content: "Save", trigger: ".modal button[name='action_apply']:contains('Save Measure')", run: "click" },
        current("In Progress"),
        { content: "Resolve", trigger: "button[name='action_open_resolve']", run: "click" },
        {
            content: "The measure is there",
            trigger: ".modal .o_field_widget[name='measure'] textarea:value('A machine is hired.')",
        },
        {
            content: "The day from which it can be delivered",
            trigger: ".modal .o_field_widget[name='new_promised_date'] input, .modal .o_field_widget[name='new_promised_date'] button",
            run: "click",
        },
        { content: "The next month", trigger: ".o_datetime_picker .o_next", run: "click" },
        {
            content: "Its 15th",
            trigger: ".o_datetime_picker .o_date_item_cell:not(.o_out_of_range):contains(/^15$/)",
            run: "click",
        },
        {
            content: "Who is at fault",
            trigger: ".modal .o_field_widget[name='fault_role_id'] input",
            run: "edit Production",
        },
        {
            content: "Production is",
            trigger: ".o-autocomplete--dropdown-item:contains('Production') > a",
            run: "click",
        },
        { content: "Done", trigger: ".modal button[name='action_apply']:contains('Resolve')", run: "click" },
        current("Resolved"),
        { content: "The customer does not know", trigger: ".alert:contains('has not been informed')" },
    ],
});

/** Sales reads the message, words it and sends it. */
tours.add("order_incident_tell", {
    steps: () => [
        current("Resolved"),
        { content: "Inform the customer", trigger: "button[name='action_open_tell']", run: "click" },
        { content: "The message is there", trigger: ".modal .o_field_widget[name='body']:contains('We are sorry')" },
        { content: "Send it", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "It is on record", trigger: ".o_field_widget[name='told_by_id']:contains('Test Sales')" },
        { content: "Nothing is left to tell", trigger: "body:not(:has(button[name='action_open_tell']))" },
    ],
});
