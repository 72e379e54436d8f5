import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { card, choose } from "../order_tour_utils";

const tours = registry.category("web_tour.tours");
const row = (customer) => `.o_data_row:has([name='partner_id']:contains("${customer}"))`;

/** Finance goes away and names a colleague. */
tours.add("order_delegation_enter", {
    steps: () => [
        { content: "The menu of delegations", trigger: "[data-menu-xmlid='sale_order_lifecycle.menu_order_review_delegation']", run: "click" },
        { content: "Nobody is away yet", trigger: ".o_nocontent_help:contains('No delegations')" },
        { content: "A new one", trigger: ".o_list_button_add", run: "click" },
        { content: "It is my own", trigger: ".o_field_widget[name='user_id']:contains('Test Finance')" },
        ...choose("delegate_id", "Test Employee"),
        { content: "Until when", trigger: ".o_field_widget[name='date_to'] input, .o_field_widget[name='date_to'] button", run: "click" },
        { content: "Today", trigger: ".o_datetime_picker .o_today", run: "click" },
        ...stepUtils.saveForm(),
        { content: "It runs", trigger: ".o_statusbar_status [data-value='running'].o_arrow_button_current" },
    ],
});

/** A plain employee finds in the activity menu what a person who is away has to decide, and decides it. */
tours.add("order_delegate_decides", {
    steps: () => [
        { content: "The activity menu counts it", trigger: ".o-mail-ActivityMenu-counter:contains('2')" },
        { content: "Open the menu", trigger: ".o_menu_systray button:has(i[aria-label='Activities'])", run: "click" },
        { content: "Orders to review", trigger: ".o-mail-ActivityGroup[data-model_name='order.review']:contains('Orders to Review')", run: "click" },
        { content: "What waits for the user, in both companies", trigger: card("Pending", "Customer Two") },
        { content: "The card says for whom", trigger: `${card("Pending", "Customer One")}:contains("Test Finance")` },
        { content: "Open it", trigger: card("Pending", "Customer One"), run: "click" },
        { content: "The form says for whom", trigger: ".alert[name='acting_for']:contains('Test Finance')" },
        { content: "No door to the order", trigger: ".o_form_view:not(:has(button[name='action_open_order']))" },
        { content: "The lines can be read", trigger: ".o_field_widget[name='line_summary']:contains('Tour Lantern')" },
        { content: "Approve", trigger: "button[name='action_approve']", run: "click" },
        { content: "Decided by the user", trigger: ".o_field_widget[name='decided_by_id']:contains('Test Employee')" },
        { content: "For the other", trigger: ".o_field_widget[name='delegated_for_id']:contains('Test Finance')" },
        { content: "Back", trigger: ".breadcrumb-item a:contains('Orders to Review')", run: "click" },
        {
            content: "Return the other one",
            trigger: `${card("Pending", "Customer Two")} button[name='action_open_return']`,
            run: "click",
        },
        { content: "Say why", trigger: ".modal .o_field_widget[name='comment'] textarea", run: "edit Too cheap" },
        { content: "Return", trigger: ".modal button[name='action_apply']:contains('Return')", run: "click" },
        { content: "Nothing waits any more", trigger: `.o_kanban_view:not(:has(${card("Pending", "Customer Two")}))` },
    ],
});

/** Finance takes one, forwards one to a colleague with a note, and returns the rest together. */
tours.add("order_assign_and_forward", {
    steps: () => [
        { content: "Open a review", trigger: card("Pending", "Customer One"), run: "click" },
        { content: "Forward", trigger: "button[name='action_open_forward']", run: "click" },
        ...choose("user_id", "Test Finance2"),
        { content: "Why", trigger: ".modal .o_field_widget[name='note'] textarea", run: "edit You know this customer." },
        { content: "Forward it", trigger: ".modal button[name='action_apply']:contains('Forward')", run: "click" },
        { content: "It is the colleague's", trigger: ".o_field_widget[name='user_id']:contains('Test Finance2')" },
        { content: "The handover is on record", trigger: "a.nav-link:contains('Handovers')", run: "click" },
        { content: "With the note", trigger: ".o_field_widget[name='handover_ids'] .o_data_row:contains('You know this customer.')" },
        { content: "Back", trigger: ".breadcrumb-item a:contains('Reviews')", run: "click" },
        { content: "The card offers to take it over", trigger: `${card("Pending", "Customer One")} button[name='action_assign_to_me']` },
        { content: "To the list", trigger: ".o_switch_view.o_list", run: "click" },
        { content: "Choose the forwarded one", trigger: `${row("Customer One")} .o_list_record_selector input`, run: "click" },
        { content: "Choose another", trigger: `${row("Customer Two")} .o_list_record_selector input`, run: "click" },
        { content: "And another", trigger: `${row("Customer Three")} .o_list_record_selector input`, run: "click" },
        { content: "Return them", trigger: ".o_control_panel button[name='action_open_return']", run: "click" },
        { content: "One comment", trigger: ".modal .o_field_widget[name='comment'] textarea", run: "edit Prices of last year" },
        { content: "Return", trigger: ".modal button[name='action_apply']:contains('Return')", run: "click" },
        { content: "The summary counts and names the rest", trigger: ".o_notification:contains('2 reviews returned'):contains('assigned to Test Finance2')" },
        { content: "Returned", trigger: `${row("Customer Three")} [name='state']:contains('Returned')` },
        { content: "Not returned", trigger: `${row("Customer One")} [name='state']:contains('Pending')` },
    ],
});

/** A user chooses the daily summary. */
tours.add("order_notice_preference", {
    steps: () => [
        { content: "The user menu", trigger: ".o_user_menu button", run: "click" },
        { content: "Preferences", trigger: ".o-dropdown-item[data-menu='preferences']", run: "click" },
        {
            content: "Once a day",
            trigger: ".modal .o_field_widget[name='order_notice_mode'] select, .modal .o_field_widget[name='order_notice_mode'] input",
            run: "click",
        },
        { content: "Choose", trigger: ".o_select_menu_item:contains('Once a day')", run: "click" },
        { content: "Save", trigger: ".modal button[name='preference_save']", run: "click", expectUnloadPage: true },
        { content: "Saved", trigger: ".o_main_navbar" },
    ],
});
