import { registry } from "@web/core/registry";

/** The browser's page is left in the middle of a call, with a line in the works: nothing is lost. */
registry.category("web_tour.tours").add("order_phone_closed_tab", {
    steps: () => [
        {
            content: "The customer",
            trigger: ".o_order_phone_form [name='partner_id'] input",
            run: "edit Tour Customer",
        },
        {
            content: "The customer is found",
            trigger: ".o-autocomplete--dropdown-item:contains('Tour Customer') > a:first",
            run: "click",
        },
        { content: "The draft has saved itself", trigger: ".o_breadcrumb .active:contains('S0')" },
        { content: "A product", trigger: ".o_field_x2many_list_row_add > a:first", run: "click" },
        { content: "By name", trigger: ".o_selected_row [name='product_id'] input", run: "edit Tour Lantern" },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains('Tour Lantern') > a:first",
            run: "click",
        },
        { content: "Its price is there", trigger: ".o_selected_row [name='price_unit'] input:value('100.00')" },
        { content: "Seven, not confirmed by any key", trigger: ".o_selected_row [name='product_uom_qty'] input", run: "fill 7" },
        {
            content: "The page is gone",
            trigger: ".o_selected_row",
            run: () => {
                window.location.href = "/odoo/order-ledger";
            },
            expectUnloadPage: true,
        },
        { content: "Another one is there", trigger: ".o_list_view" },
    ],
});
