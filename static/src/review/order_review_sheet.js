import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const COLORS = {
    approved: "text-bg-success",
    pending: "text-bg-info",
    returned: "text-bg-warning",
    rejected: "text-bg-danger",
};

/** The verdict of the departments on an order: one row each, decided here or opened beside what it is judged by. */
export class OrderReviewSheetField extends Component {
    static template = "sale_order_lifecycle.OrderReviewSheetField";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    getStateClass(row) {
        return COLORS[row.state] || "text-bg-secondary";
    }

    async open(row) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "order.review",
            res_id: row.id,
            views: [[false, "form"]],
        });
    }

    /** Decide on what is stored and shown: what is being typed is saved first, and shown with what follows from it. */
    async decide(row, method) {
        if (!(await this.props.record.save())) {
            return;
        }
        const shown = this.rows.find((other) => other.id === row.id);
        const action = await this.orm.call("order.review", method, [[row.id]], {
            context: { seen_digests: [shown?.digest].filter(Boolean) },
        });
        const reload = () => this.props.record.load();
        if (action && action.type) {
            await this.action.doAction(action, { onClose: reload });
        } else {
            await reload();
        }
    }
}

registry.category("fields").add("order_review_sheet", {
    component: OrderReviewSheetField,
    displayName: _t("Review Results"),
    supportedTypes: ["json"],
});
