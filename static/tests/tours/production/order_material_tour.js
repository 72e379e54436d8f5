import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const open = (name) => [
    { content: "Open the menu", trigger: ".o_menu_sections [data-menu-xmlid='sale_order_lifecycle.menu_tracking']", run: "click" },
    {
        content: "To the list",
        trigger: `.o-dropdown--menu [data-menu-xmlid='sale_order_lifecycle.${name}']`,
        run: "click",
    },
];

/** Purchasing finds what nobody procures, and procures it. */
tours.add("order_material", {
    steps: () => [
        ...open("menu_order_material"),
        { content: "The list is there", trigger: ".o_breadcrumb:contains('Material at Risk')" },
        { content: "Of this nobody has ordered any", trigger: ".o_data_row:contains('Rare Lantern') .badge:contains('Not Procured')" },
        {
            content: "Procure it",
            trigger: ".o_data_row:contains('Rare Lantern') button[name='action_replenish']",
            run: "click",
        },
        { content: "Odoo knows how many", trigger: ".modal .o_field_widget[name='quantity'] input:value(7.00)" },
        { content: "Do so", trigger: ".modal button[name='launch_replenishment']", run: "click" },
        { content: "It has left the list", trigger: "body:not(:has(.modal)) .o_list_view:not(:has(.o_data_row:contains('Rare Lantern')))" },
        { content: "As cards", trigger: ".o_switch_view.o_kanban", run: "click" },
        { content: "The part comes late", trigger: ".o_kanban_record:contains('Late Leg'):contains('Arrives Late')", run: "click" },
        { content: "The order is there, and flags it", trigger: "button[name='action_open_material']:contains('1')", run: "click" },
        { content: "Back in its list", trigger: ".o_data_row:contains('Late Leg')" },
        { content: "To the purchase", trigger: ".o_data_row:contains('Late Leg') button[name='action_open_purchase']", run: "click" },
        { content: "The purchase is there", trigger: ".o_form_view .o_field_widget[name='order_line']:contains('Late Leg')" },
    ],
});

/** A planner sees what is to be made this week, and what is missing for it. */
tours.add("order_production_week", {
    steps: () => [
        ...open("menu_production_week"),
        { content: "The list is there", trigger: ".o_breadcrumb:contains('My Week')" },
        { content: "By day", trigger: ".o_group_header", run: "click" },
        { content: "Its parts are missing", trigger: ".o_data_row:contains('Table of the Week'):contains('Components')" },
        { content: "As cards", trigger: ".o_switch_view.o_kanban", run: "click" },
        { content: "They are missing there, too", trigger: ".o_kanban_record:contains('Table of the Week'):contains('Missing')", run: "click" },
        { content: "The manufacturing order is there", trigger: ".o_form_view .o_field_widget[name='product_id']" },
    ],
});
