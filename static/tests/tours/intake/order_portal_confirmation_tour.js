import { registry } from "@web/core/registry";

/** A customer follows the link of the mail, asks for a correction, and confirms when asked again. */
registry.category("web_tour.tours").add("order_portal_correction", {
    steps: () => [
        { content: "What was ordered is listed", trigger: "table[name='order_lines'] td:contains('Stock Good')" },
        { content: "With its total", trigger: "tfoot:contains('500.00')" },
        { content: "Who answers", trigger: "input[name='name']", run: "edit Ms Lee" },
        { content: "What is wrong", trigger: "textarea[name='correction']", run: "edit We need six of them" },
        {
            content: "Ask for it",
            trigger: "button[name='answer'][value='correction']",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "It has arrived", trigger: "[name='answer_correction']:contains('We need six of them')" },
        { content: "One answer is enough", trigger: "#wrapwrap:not(:has(form[name='customer_answer']))" },
    ],
});

registry.category("web_tour.tours").add("order_portal_confirm", {
    steps: () => [
        { content: "The order is corrected", trigger: "tfoot:contains('600.00')" },
        { content: "Who answers", trigger: "input[name='name']", run: "edit Ms Lee" },
        {
            content: "Confirm",
            trigger: "button[name='answer'][value='confirmed']",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "It is confirmed", trigger: "[name='answer_confirmed']:contains('Ms Lee')" },
        { content: "There is nothing more to answer", trigger: "#wrapwrap:not(:has(form[name='customer_answer']))" },
    ],
});
