import { registry } from "@web/core/registry";
import { redirect } from "@web/core/utils/urls";

const tours = registry.category("web_tour.tours");

/** A customer signs while the departments review: the page says that the order is being checked, not confirmed. */
tours.add("order_sign_in_review", {
    steps: () => [
        {
            content: "Wait for the page",
            trigger: "body[is-ready=true]",
        },
        { content: "Accept", trigger: "#sale_order_sidebar_button a:contains('Sign')", run: "click" },
        {
            content: "The name is there",
            trigger: ".modal .o_web_sign_name_and_signature input:value(Ann Customer)",
        },
        { content: "So is the signature", trigger: ".modal canvas.o_web_sign_signature", run: "canvasNotEmpty" },
        { content: "Sign", trigger: ".modal .o_portal_sign_submit:enabled", run: "click", expectUnloadPage: true },
        { content: "It is being checked", trigger: ".o_order_checked:contains('We are checking your order')" },
        { content: "Nothing is left to accept", trigger: "body:not(:has(#sale_order_sidebar_button a:contains('Sign')))" },
        {
            content: "To the list of quotations",
            trigger: ".o_order_checked",
            run: () => redirect("/my/quotes"),
            expectUnloadPage: true,
        },
        { content: "It says so, too", trigger: "tr .badge:contains('Being Checked')" },
    ],
});
