import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const LEVELS = {
    ok: { icon: "fa-check-circle", text: "text-success", title: _t("In order") },
    warn: { icon: "fa-exclamation-triangle", text: "text-warning", title: _t("Needs attention") },
    bad: { icon: "fa-times-circle", text: "text-danger", title: _t("Not in order") },
};
const NUMERIC = ["amount", "percent", "number", "quantity"];

/** What a department judges an order by: sections of labelled values and tables, each with its traffic light. */
export class OrderReviewFactsField extends Component {
    static template = "sale_order_lifecycle.OrderReviewFactsField";
    static props = { ...standardFieldProps };

    get sections() {
        return this.props.record.data[this.props.name] || [];
    }

    getLevel(level) {
        return LEVELS[level];
    }

    isNumeric(table, index) {
        return table.rows.some((row) => row.cells[index] && NUMERIC.includes(row.cells[index].kind));
    }
}

registry.category("fields").add("order_review_facts", {
    component: OrderReviewFactsField,
    displayName: _t("Basis of a Review"),
    supportedTypes: ["json"],
});
