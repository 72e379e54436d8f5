import { registry } from "@web/core/registry";

/** A manager adopts the standard policy for a company without one, then opens what can be configured. */
registry.category("web_tour.tours").add("order_policy_adopt", {
    steps: () => [
        { content: "The policies", trigger: ".o_breadcrumb:contains('Policies')" },
        { content: "Adopt one", trigger: ".o_control_panel button:contains('Adopt a Policy')", run: "click" },
        {
            content: "Every role of the template has a line",
            trigger: ".modal .o_field_widget[name='line_ids'] .o_data_row:contains('After-sales')",
        },
        { content: "Adopt", trigger: ".modal button[name='action_adopt']", run: "click" },
        { content: "It is in force", trigger: ".o_statusbar_status .o_arrow_button_current:contains('In Force')" },
        { content: "Its stages", trigger: "a.nav-link[name='review_stages']", run: "click" },
        { content: "Legal has one", trigger: ".o_field_widget[name='stage_ids'] .o_data_row:contains('Legal review')" },
        { content: "Its rules", trigger: "a.nav-link[name='intake_rules']", run: "click" },
        { content: "There are seven", trigger: ".o_field_widget[name='intake_rule_ids'] .o_data_row:nth-child(7)" },
        { content: "Configuration", trigger: ".o_menu_sections button:contains('Configuration')", run: "click" },
        { content: "Roles", trigger: ".o-dropdown--menu a:contains('Roles')", run: "click" },
        { content: "All eight roles", trigger: ".o_breadcrumb:contains('Roles')" },
        { content: "They are listed", trigger: ".o_data_row:nth-child(8)" },
        { content: "Configuration", trigger: ".o_menu_sections button:contains('Configuration')", run: "click" },
        { content: "Channels", trigger: ".o-dropdown--menu a:contains('Channels')", run: "click" },
        { content: "The company has its channels", trigger: ".o_data_row:contains('Phone')" },
    ],
});
