import { registry } from "@web/core/registry";
import { card, seeCard } from "../order_tour_utils";

const tours = registry.category("web_tour.tours");
const text = ".modal .o_field_widget[name='text'] textarea";
const apply = (label) => `.modal button[name='action_apply']:contains('${label}')`;

/** Finance sets a condition and asks sales before it decides. */
tours.add("order_review_ask", {
    steps: () => [
        { content: "Open the review", trigger: card("Pending", "Asking Customer"), run: "click" },
        { content: "To the conditions", trigger: "a.nav-link:contains('Condition')", run: "click" },
        { content: "A condition", trigger: ".o_field_widget[name='condition_ids'] .o_field_x2many_list_row_add a", run: "click" },
        {
            content: "Thirty percent",
            trigger: ".o_selected_row .o_field_widget[name='value'] input",
            run: "edit 30 && click .o_form_sheet",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "It is saved", trigger: ".o_form_saved" },
        { content: "Ask sales", trigger: "button[name='action_open_ask']", run: "click" },
        { content: "The question", trigger: text, run: "edit Which discount was agreed?" },
        { content: "Send it", trigger: apply("Ask Sales"), run: "click" },
        { content: "The review waits for sales", trigger: ".alert[name='asked']" },
        { content: "It can be decided all the same", trigger: "button[name='action_approve']" },
    ],
});

/** Sales finds the question on the order and answers it. */
tours.add("order_review_answer", {
    steps: () => [
        {
            content: "The card waits for sales",
            trigger: `${card("Review", "Asking Customer")} .text-muted:has(.fa-hourglass-half):contains('Sales')`,
        },
        { content: "Open the order", trigger: card("Review", "Asking Customer"), run: "click" },
        { content: "The question is there", trigger: ".alert[name='review_question']:contains('Which discount was agreed?')" },
        { content: "Answer", trigger: ".alert[name='review_question'] button[name='action_open_answer']", run: "click" },
        { content: "The dialog repeats the question", trigger: ".modal .o_field_widget[name='questions']:contains('Which discount')" },
        { content: "The answer", trigger: text, run: "edit Five percent" },
        { content: "Send it", trigger: apply("Answer"), run: "click" },
        { content: "Nothing is asked any more", trigger: ".o_form_view:not(:has(.alert[name='review_question']))" },
        { content: "Finance has it again", trigger: ".o_field_widget[name='waiting_for']:contains('Finance')" },
    ],
});

/** Finance reads the answer, approves under the condition and takes the approval back. */
tours.add("order_review_revoke", {
    steps: () => [
        { content: "Open the review", trigger: card("Pending", "Asking Customer"), run: "click" },
        { content: "Questions", trigger: "a.nav-link:contains('Questions')", run: "click" },
        { content: "The answer is there", trigger: ".o_field_widget[name='question_ids'] .o_data_row:contains('Five percent')" },
        { content: "Approve", trigger: "button[name='action_approve']", run: "click" },
        { content: "Take it back", trigger: "button[name='action_open_revoke']", run: "click" },
        { content: "The reason", trigger: text, run: "edit The credit limit is used up." },
        { content: "Do it", trigger: apply("Revoke Decision"), run: "click" },
        { content: "It does not count any more", trigger: ".o_field_widget[name='revocation_reason']:contains('credit limit')" },
        { content: "Back", trigger: ".breadcrumb-item a:contains('Reviews')", run: "click" },
        seeCard("Pending", "Asking Customer"),
    ],
});

/** Somebody who only reads orders and may release them confirms one in an emergency. */
tours.add("order_release", {
    steps: () => [
        { content: "Open the order", trigger: card("Review", "Urgent Customer"), run: "click" },
        { content: "Release", trigger: "button[name='action_open_release']", run: "click" },
        { content: "Without a reason", trigger: apply("Release and Confirm"), run: "click" },
        { content: "The dialog asks for it", trigger: ".modal .o_field_invalid[name='text']" },
        { content: "The reason", trigger: text, run: "edit The customer's line stands still" },
        { content: "Release", trigger: apply("Release and Confirm"), run: "click" },
        { content: "The order tells it", trigger: ".alert[name='release_pending']:contains('line stands still')" },
        { content: "There is nothing to release any more", trigger: ".o_form_view:not(:has(button[name='action_open_release']))" },
    ],
});
