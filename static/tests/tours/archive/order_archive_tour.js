import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const row = (customer) => `.o_data_row:has([name='partner_id']:contains("${customer}"))`;

/** The archivist prepares dossiers from the list, seals one, verifies it and exports it with a reason. */
tours.add("order_archive", {
    steps: () => [
        { content: "Settled orders wait", trigger: row("Tour One") },
        { content: "Choose one", trigger: `${row("Tour One")} .o_list_record_selector input`, run: "click" },
        { content: "Choose another", trigger: `${row("Tour Two")} .o_list_record_selector input`, run: "click" },
        {
            content: "Prepare their dossiers",
            trigger: ".o_control_panel button[name='action_prepare_archive_possible']",
            run: "click",
        },
        { content: "The summary says how many", trigger: ".o_notification:contains('2')" },
        { content: "They wait no longer", trigger: `body:not(:has(${row("Tour One")}))` },
        { content: "To the archive", trigger: "button[data-menu-xmlid='sale_order_lifecycle.menu_archive']", run: "click" },
        { content: "The dossiers", trigger: "a[data-menu-xmlid='sale_order_lifecycle.menu_order_archive']", run: "click" },
        { content: "Open a draft", trigger: `.o_data_row:has([name='partner_id']:contains("Tour One")) td[name='partner_id']`, run: "click" },
        { content: "The checklist shows what is there", trigger: "table[name='checklist']:contains('Contract')" },
        { content: "Seal it", trigger: "button[name='action_seal']", run: "click" },
        { content: "Be asked", trigger: ".modal .btn-primary:contains('Seal')", run: "click" },
        { content: "It has a number", trigger: ".o_field_widget[name='display_name']:contains('AR/')" },
        { content: "The documents have their hashes", trigger: ".o_field_widget[name='document_ids'] td[name='sha256']" },
        { content: "Verify it", trigger: "button[name='action_verify']", run: "click" },
        { content: "It is intact", trigger: ".alert[name='verified']:contains('is unchanged since it was sealed')" },
        { content: "Export it", trigger: "button[name='action_open_export']", run: "click" },
        { content: "Without a reason", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "The dialog asks for it", trigger: ".modal .o_field_invalid[name='reason']" },
        { content: "Say why", trigger: ".modal .o_field_widget[name='reason'] input", run: "edit Audit of the year" },
        { content: "Download", trigger: ".modal button[name='action_apply']", run: "click" },
        { content: "The dialog is closed", trigger: "body:not(:has(.modal))" },
    ],
});
