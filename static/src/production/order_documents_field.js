import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const COLORS = {
    done: "text-bg-success",
    full: "text-bg-success",
    assigned: "text-bg-info",
    progress: "text-bg-info",
    to_close: "text-bg-info",
    partial: "text-bg-info",
    cancel: "text-bg-light text-muted",
};

/** What is made, bought and moved for an order, as the order tells it: a table that opens what one may read. */
export class OrderDocumentsField extends Component {
    static template = "sale_order_lifecycle.OrderDocumentsField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get documents() {
        return this.props.record.data[this.props.name] || [];
    }

    getStateClass(document) {
        return COLORS[document.state] || "text-bg-secondary";
    }

    async open(document) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: document.model,
            res_id: document.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("order_documents", {
    component: OrderDocumentsField,
    displayName: _t("Documents of an Order"),
    supportedTypes: ["json"],
});
