import { registry } from "@web/core/registry";

/** A manager finds the policy in force fixed, makes a new version, changes a rule and adopts it. */
registry.category("web_tour.tours").add("order_policy_new_version", {
    steps: () => [
        { content: "The policy in force", trigger: ".o_data_row td:contains('Tour Policy')", run: "click" },
        { content: "Its rules do not change", trigger: ".alert[name='frozen']" },
        { content: "Not even the name", trigger: ".o_field_widget[name='name']:not(:has(input, textarea))" },
        { content: "Make a new version", trigger: "button[name='action_new_version']", run: "click" },
        { content: "It is a draft", trigger: ".o_statusbar_status .o_arrow_button_current:contains('Draft')" },
        { content: "The second one", trigger: "[name='version']:contains('2')" },
        { content: "Its rules", trigger: "a.nav-link[name='intake_rules']", run: "click" },
        {
            content: "Ask for the confirmation with the customer",
            trigger: "[name='require_customer_confirmation'] input",
            run: "click",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "What changes", trigger: "a.nav-link[name='changes']", run: "click" },
        { content: "In words", trigger: "[name='version_changes']:contains('Confirm with Customer')" },
        { content: "Adopt", trigger: "button[name='action_adopt']:contains('Adopt')", run: "click" },
        { content: "Really", trigger: ".modal button:contains('Adopt')", run: "click" },
        { content: "It is in force", trigger: ".o_statusbar_status .o_arrow_button_current:contains('In Force')" },
        { content: "All versions", trigger: "button[name='action_open_versions']", run: "click" },
        { content: "Both are listed", trigger: ".o_data_row:nth-child(2)" },
        { content: "The first is retired", trigger: ".o_data_row:contains('Retired')" },
    ],
});
