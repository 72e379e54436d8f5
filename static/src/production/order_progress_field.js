import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** How far purchasing, production and delivery of an order are: an icon and a percentage each. */
export class OrderProgressField extends Component {
    static template = "sale_order_lifecycle.OrderProgressField";
    static props = { ...standardFieldProps };

    get parts() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("order_progress", {
    component: OrderProgressField,
    displayName: _t("Progress of an Order"),
    supportedTypes: ["json"],
});
