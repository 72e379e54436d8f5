/** Steps that several tours share. */

/** The card of the order of a customer, in a column of the board. */
export function card(column, customer) {
    return `.o_kanban_group:has(.o_column_title:contains("${column}")) .o_kanban_record:contains("${customer}")`;
}

export function seeCard(column, customer) {
    return { content: `${customer} stands in ${column}`, trigger: card(column, customer) };
}

/** Choose a record in a many2one field of a form. */
export function choose(field, text) {
    return [
        {
            content: `Type ${text} into ${field}`,
            trigger: `.o_field_widget[name="${field}"] input`,
            run: `edit ${text}`,
        },
        {
            content: `Choose ${text}`,
            trigger: `.o-autocomplete--dropdown-item:contains("${text}"):not(:has(.o_m2o_dropdown_option_create)) > a`,
            run: "click",
        },
        {
            content: `${text} is chosen`,
            trigger: `.o_field_widget[name="${field}"] input:value("${text}")`,
        },
    ];
}

/** Leave a form for the board by the first breadcrumb. */
export function backToBoard() {
    return [
        { content: "Back to the board", trigger: ".breadcrumb-item a:contains('Orders')", run: "click" },
        { content: "The board is there", trigger: ".o_order_board" },
    ];
}
