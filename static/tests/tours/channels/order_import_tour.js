import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const FILE = [
    "Order No,Customer,Customer No,SKU,Qty,Price each,Due Date",
    "T-1,Tour Customer,TOUR,LANTERN,2,9.50,2040-12-31",
    "T-1,Tour Customer,TOUR,LANTERN,1,,",
    "T-2,Tour Customer,TOUR,NONE,1,9.50,2040-12-31",
    "T-3,Tour Customer,TOUR,LANTERN,many,9.50,2040-12-31",
].join("\n");

/** A salesperson imports a file, sees what is wrong with its rows, and gets those back. */
registry.category("web_tour.tours").add("order_import", {
    steps: () => [
        { content: "Import a file", trigger: "button:contains('Import a File')", run: "click" },
        {
            content: "Choose it",
            trigger: ".modal .o_field_binary .o_select_file_button",
            async run() {
                await inputFiles(".modal .o_field_binary .o_input_file", [
                    new File([FILE], "orders.csv", { type: "text/csv" }),
                ]);
            },
        },
        { content: "It is there", trigger: ".modal [name='file']:contains('orders.csv'), .modal [name='file'] input" },
        { content: "Read it", trigger: ".modal button[name='action_upload']", run: "click" },
        { content: "The columns are recognised", trigger: ".o_data_row:contains('Due Date'):contains('Promised Date')" },
        {
            content: "One is not: say what it holds",
            trigger: ".o_data_row:contains('Price each') td[name='field']",
            run: "click",
        },
        {
            content: "The price",
            trigger: ".o_selected_row [name='field'] .o_select_menu_toggler, .o_selected_row [name='field'] input",
            run: "click",
        },
        { content: "Of a unit", trigger: ".o_select_menu_item:contains('Line: Unit Price')", run: "click" },
        { content: "Check the file", trigger: "button[name='action_check']:contains('Check')", run: "click" },
        { content: "Two rows are ready", trigger: "[name='valid_count']:contains('2')" },
        { content: "A product is missing", trigger: ".o_data_row:contains('T-2'):contains('No product')" },
        { content: "A number is none", trigger: ".o_data_row:contains('T-3'):contains('“Qty” must be a number')" },
        { content: "Import the others", trigger: "button[name='action_import']", run: "click" },
        { content: "Yes", trigger: ".modal .btn-primary", run: "click" },
        { content: "They are imported", trigger: "[name='created_count']:contains('2')" },
        { content: "The others come back", trigger: "button[name='action_download_failures']" },
        { content: "See the order", trigger: "button[name='action_open_orders']", run: "click" },
        { content: "In the ledger", trigger: ".o_data_row:contains('Tour Customer')" },
    ],
});

/** What a file leaves open is asked: the encoding with a preview, the decimal sign of a column. */
registry.category("web_tour.tours").add("order_import_questions", {
    steps: () => [
        { content: "The file", trigger: ".o_data_row td[name='name']:contains('questions.csv')", run: "click" },
        { content: "As it would read", trigger: ".alert [name='preview'] tr:contains('Chinese'):contains('王小明')" },
        {
            content: "Choose how it reads",
            trigger: "[name='encoding'] .o_select_menu_toggler, [name='encoding'] input",
            run: "click",
        },
        { content: "Chinese", trigger: ".o_select_menu_item:contains('GB18030')", run: "click" },
        { content: "It is chosen", trigger: "[name='encoding']:not(.o_field_invalid) input:value('GB18030')" },
        { content: "Check the file", trigger: "button[name='action_check']:contains('Check')", run: "click" },
        { content: "Something else is open", trigger: ".modal:contains('1.250 can be 1.25')" },
        { content: "Well", trigger: ".modal .btn-primary", run: "click" },
        { content: "It still says so", trigger: "body:not(:has(.modal)) .alert [name='questions']:contains('“Qty”')" },
        {
            content: "Say what the sign of the column is",
            trigger: ".o_data_row:contains('Qty') td[name='decimal_separator']",
            run: "click",
        },
        {
            content: "Open the choices",
            trigger:
                ".o_selected_row [name='decimal_separator'] .o_select_menu_toggler, .o_selected_row [name='decimal_separator'] input",
            run: "click",
        },
        { content: "The comma", trigger: ".o_select_menu_item:contains('Comma')", run: "click" },
        { content: "It is chosen", trigger: ".o_selected_row [name='decimal_separator'] input:value('Comma')" },
        { content: "Check it again", trigger: "button[name='action_check']:contains('Check')", run: "click" },
        { content: "The row is ready", trigger: "[name='valid_count']:contains('1')" },
        { content: "Nothing is open", trigger: "body:not(:has(.alert [name='questions'])) button[name='action_import']", run: "click" },
        { content: "Yes", trigger: ".modal .btn-primary", run: "click" },
        { content: "It is imported", trigger: "[name='created_count']:contains('1')" },
    ],
});

/** An import that runs shows by itself how far it is, and in the end that it is done. */
registry.category("web_tour.tours").add("order_import_progress", {
    steps: () => [
        { content: "The file that is being imported", trigger: ".o_data_row td[name='name']:contains('progress.csv')", run: "click" },
        { content: "It runs", trigger: ".o_arrow_button_current:contains('Being Imported')" },
        { content: "It goes on", trigger: "[name='progress']:contains('50')" },
        { content: "It is done", trigger: ".o_arrow_button_current:contains('Imported'):not(:contains('Being'))" },
        { content: "All of it", trigger: "[name='created_count']:contains('4')" },
    ],
});
