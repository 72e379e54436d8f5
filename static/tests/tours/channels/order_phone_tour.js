import { registry } from "@web/core/registry";

/** An order on the phone: the customer by the number, what is missing, a product, registered. */
registry.category("web_tour.tours").add("order_phone_registration", {
    steps: () => [
        {
            content: "The customer gives a phone number",
            trigger: ".o_order_phone_form [name='partner_id'] input",
            run: "edit 7946 0000",
        },
        {
            content: "The customer is found",
            trigger: ".o-autocomplete--dropdown-item:contains('Tour Customer') > a:first",
            run: "click",
        },
        { content: "What to ask for", trigger: ".alert[name='missing_information']:contains('Ask for the number.')" },
        { content: "Previous orders", trigger: "[name='customer_last_order_ids'] .o_data_row" },
        { content: "The payment terms are known", trigger: "[name='payment_term_id'] input:value('Test 30 Days')" },
        {
            content: "The draft has saved itself",
            trigger: ".o_breadcrumb .active:contains('S0')",
        },
        { content: "The reference", trigger: "[name='client_order_ref'] input", run: "edit PO 4711 && press Tab" },
        {
            content: "Nothing is missing",
            trigger: ".o_order_phone_form:not(:has(.alert[name='missing_information']))",
        },
        { content: "A product", trigger: ".o_field_x2many_list_row_add > a:first", run: "click" },
        { content: "By name", trigger: ".o_selected_row [name='product_id'] input", run: "edit Tour Lantern" },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains('Tour Lantern') > a:first",
            run: "click",
        },
        {
            content: "Its price is there",
            trigger: ".o_selected_row [name='price_unit'] input:value('100.00')",
        },
        { content: "Three of them", trigger: ".o_selected_row [name='product_uom_qty'] input", run: "edit 3 && press Tab" },
        { content: "Register, by the keyboard", trigger: "button[name='action_register']", run: "press Alt+q" },
        { content: "It is registered", trigger: ".alert[name='registered']:contains('is registered')" },
        { content: "The next call, too", trigger: "button:contains('Next Call')", run: "press Alt+w" },
        { content: "An empty form", trigger: ".o_order_phone_form:not(:has(.alert[name='registered']))" },
        { content: "Ready for the next customer", trigger: "[name='partner_id'] input:focus" },
    ],
});
