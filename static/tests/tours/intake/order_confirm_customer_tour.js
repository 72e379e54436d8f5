import { registry } from "@web/core/registry";

/** A salesperson calls the customer of a registered order and keeps what was said. */
registry.category("web_tour.tours").add("order_confirm_customer", {
    steps: () => [
        { content: "The ledger lists the order", trigger: ".o_data_row td:contains('Tour Customer')", run: "click" },
        { content: "The policy asks for it", trigger: ".alert[name='customer_confirmation']:not(.o_invisible_modifier)" },
        {
            content: "Confirm with the customer",
            trigger: ".o_statusbar_buttons button:contains('Confirm with Customer')",
            run: "click",
        },
        { content: "Whom to call", trigger: ".modal [name='customer_contact']:contains('+44 20 7946 0999')" },
        { content: "By phone", trigger: ".modal [name='method'] input[data-value='phone']", run: "click" },
        { content: "What was said", trigger: ".modal [name='note'] textarea", run: "edit Quantity and date agreed" },
        { content: "Keep it", trigger: ".modal button[name='action_confirm']", run: "click" },
        {
            content: "How it was confirmed",
            trigger: ".o_form_view [name='customer_confirmed_method']:contains('Phone')",
        },
        { content: "By whom", trigger: "[name='customer_confirmed_by_id']:contains('Test Sales')" },
        {
            content: "It is not asked for twice",
            trigger: ".o_statusbar_buttons:not(:has(button:contains('Confirm with Customer')))",
        },
        { content: "Nothing is missing any more", trigger: ".o_form_view:not(:has(.alert[name='customer_confirmation']))" },
    ],
});
