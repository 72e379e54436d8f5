import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const card = (name) => `.o_kanban_record:contains('${name}')`;

/** The inspector measures and passes one product, fails two pieces of another one and has them reworked. */
tours.add("order_inspection", {
    steps: () => [
        { content: "The first product", trigger: card("Tour Lamp"), run: "click" },
        { content: "Too early", trigger: ".o_form_view button[name='action_pass']", run: "click" },
        { content: "Nothing is measured", trigger: ".modal .modal-body:contains('Height')" },
        { content: "Understood", trigger: ".modal footer button", run: "click" },
        { content: "The measured value", trigger: ".o_data_row:contains('Height') .o_data_cell[name='value']", run: "click" },
        { content: "40 is right", trigger: ".o_selected_row .o_field_widget[name='value'] input", run: "edit 40" },
        { content: "It passes", trigger: ".o_form_view button[name='action_pass']", run: "click" },
        { content: "It has passed", trigger: ".o_statusbar_status .o_arrow_button_current:contains('Passed')" },
        { content: "Back to the board", trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        { content: "The second one fails", trigger: `${card("Tour Vase")} button[name='action_open_failing']`, run: "click" },
        { content: "Two pieces", trigger: ".modal .o_field_widget[name='failed_quantity'] input", run: "edit 2" },
        { content: "What is wrong", trigger: ".modal .o_field_widget[name='note'] textarea", run: "edit Two are chipped" },
        { content: "Record", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "Decide", trigger: `${card("Tour Vase")} button[name='action_open_disposal']`, run: "click" },
        { content: "Rework", trigger: ".modal .o_field_widget[name='disposition'] input[data-value='rework']", run: "click" },
        { content: "Apply", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "It is inspected again", trigger: ".o_form_view .o_field_widget[name='origin_id']" },
        { content: "To inspect", trigger: ".o_statusbar_status .o_arrow_button_current:contains('To Inspect')" },
    ],
});

/** Whoever ships sees what has not passed. */
tours.add("order_inspection_obstacle", {
    steps: () => [
        { content: "What is missing", trigger: "[name='inspection_obstacle']:contains('Tour Lamp')" },
        { content: "Quality can be asked", trigger: "button[name='action_request_inspection']", run: "click" },
        { content: "It has been asked", trigger: ".o_notification:contains('Quality has been asked')" },
    ],
});
