import { registry } from "@web/core/registry";
import { card } from "../order_tour_utils";

const tours = registry.category("web_tour.tours");
const section = (name) => `.o_review_facts [data-section='${name}']`;
const fact = (sectionName, name) => `${section(sectionName)} [data-fact='${name}']`;

/** Open the review of a customer from the start screen. */
function openReview(customer) {
    return [
        { content: "Reviews are the start screen", trigger: ".o_breadcrumb:contains('Reviews')" },
        { content: "Open the review", trigger: card("Pending", customer), run: "click" },
        { content: "The basis of the review is there", trigger: ".o_review_facts" },
        { content: "The order lies beside it", trigger: ".o_field_widget[name='order_line'] .o_data_row" },
    ];
}

function approve(decider) {
    return [
        { content: "Approve", trigger: "button[name='action_approve']", run: "click" },
        { content: "It is decided", trigger: `.o_field_widget[name='decided_by_id']:contains('${decider}')` },
        { content: "What is decided needs no basis", trigger: ".o_form_view:not(:has(.o_review_facts))" },
    ];
}

/** Take over the date that is proposed. */
function planAsProposed() {
    return [
        { content: "A date is proposed", trigger: ".o_field_widget[name='proposed_date']" },
        { content: "Use it", trigger: "button[name='action_use_proposed_date']", run: "click" },
        { content: "It is planned", trigger: ".o_form_view:not(:has(button[name='action_use_proposed_date']))" },
    ];
}

tours.add("order_facts_sales", {
    steps: () => [
        ...openReview("Tour Customer"),
        { content: "Every line says what it is", trigger: `${section("specification")}[data-level='ok']` },
        { content: "The promise can be kept", trigger: `${section("promise")}[data-level='ok']` },
        { content: "Sales gives more than it may", trigger: `${section("prices")}[data-level='warn']:contains('20.0 %')` },
        { content: "Other terms are agreed", trigger: `${fact("terms", "payment_term")}[data-level='warn']` },
        ...approve("Test Sales"),
    ],
});

tours.add("order_facts_finance", {
    steps: () => [
        ...openReview("Tour Customer"),
        { content: "The price is below the lowest", trigger: `${section("prices")}[data-level='bad']` },
        { content: "The margin is known", trigger: `${fact("prices", "margin")}:contains('25.0 %')` },
        { content: "An invoice is overdue", trigger: `${fact("receivables", "overdue")}[data-level='bad']:contains('400.00')` },
        ...approve("Test Finance"),
    ],
});

tours.add("order_facts_legal", {
    steps: () => [
        ...openReview("Tour Customer"),
        { content: "The contract is attached", trigger: `${section("contract")} a:contains('contract.txt')` },
        { content: "It is an export without a check", trigger: `${fact("parties", "export_check")}[data-level='warn']` },
        { content: "Record one", trigger: "button[name='action_open_export_check']", run: "click" },
        { content: "With conditions", trigger: ".modal input[data-value='conditions']", run: "click" },
        {
            content: "Which",
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit Only to Lisbon.",
        },
        { content: "Record", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "It is on record", trigger: `${fact("parties", "export_note")}:contains('Only to Lisbon.')` },
        ...approve("Test Legal"),
    ],
});

tours.add("order_facts_production", {
    steps: () => [
        ...openReview("Tour Customer"),
        { content: "The lamp is made", trigger: `${section("feasibility")} tr:contains('Tour Lamp'):contains('Manufacture')` },
        { content: "Its part is bought", trigger: `${section("feasibility")} tr:contains('Tour Shade'):contains('Buy')` },
        { content: "In time", trigger: `${fact("feasibility", "ready")}[data-level='ok']` },
        ...planAsProposed(),
        ...approve("Test Production"),
    ],
});

tours.add("order_facts_logistics", {
    steps: () => [
        ...openReview("Tour Customer"),
        { content: "The address is complete", trigger: `${section("address")}[data-level='ok']` },
        { content: "The goods are there in time", trigger: `${fact("readiness", "deliverable")}[data-level='ok']` },
        ...planAsProposed(),
        ...approve("Test Logistics"),
    ],
});

/** In Chinese. */
tours.add("order_facts_purchasing", {
    steps: () => [
        { content: "Reviews are the start screen", trigger: ".o_breadcrumb:contains('评审')" },
        { content: "Open the review", trigger: ".o_kanban_record:contains('Tour Customer')", run: "click" },
        { content: "What is short, in Chinese", trigger: `${section("shortages")}:contains('短缺')` },
        { content: "From whom", trigger: `${section("shortages")} tr:contains('Tour Shade'):contains('Vendor of Parts')` },
        { content: "Approve", trigger: "button[name='action_approve']:contains('通过')", run: "click" },
        { content: "It is decided", trigger: ".o_field_widget[name='decided_by_id']:contains('Test Purchasing')" },
    ],
});

tours.add("order_facts_quality", {
    steps: () => [
        ...openReview("Tour Customer"),
        { content: "The inspection plan applies", trigger: `${section("inspection")} tr:contains('Tour Lamp'):contains('It shines')` },
        { content: "The lamp is traced", trigger: `${section("tracking")} tr:contains('Tour Lamp')` },
        ...approve("Test Quality"),
    ],
});

/** Finance decides on the order itself, from the table of all departments. */
tours.add("order_verdict_sheet", {
    steps: () => [
        { content: "The review of the order", trigger: "a.nav-link[name='review']", run: "click" },
        { content: "Sales has approved", trigger: ".o_order_review_sheet_row[data-state='approved']:contains('Test Sales')" },
        {
            content: "Approve",
            trigger: ".o_order_review_sheet_row[data-state='pending'] button[name='sheet_approve']",
            run: "click",
        },
        { content: "Finance has, too", trigger: ".o_order_review_sheet_row[data-state='approved']:contains('Test Finance')" },
        { content: "Open it", trigger: ".o_order_review_sheet_row:contains('Test Finance') a", run: "click" },
        { content: "The review", trigger: ".o_field_widget[name='decided_by_id']:contains('Test Finance')" },
    ],
});
