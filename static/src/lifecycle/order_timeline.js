import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const COLORS = {
    done: "text-success",
    open: "text-info",
    late: "text-danger",
    cancelled: "text-muted",
};

/** What has happened to an order and what is due, asked for when it is looked at. */
export class OrderTimeline extends Component {
    static template = "sale_order_lifecycle.OrderTimeline";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ events: [], isLoaded: false });
        onWillStart(() => this.load(this.props.record.resId));
        let known;
        useRecordObserver((record) => {
            // What changes with it is worth another look; what a person types is not stored yet.
            const { lifecycle_phase, review_state, state } = record.data;
            const now = [record.resId, lifecycle_phase, review_state, state].join();
            const changed = known !== undefined && known !== now;
            known = now;
            return changed ? this.load(record.resId) : undefined;
        });
    }

    async load(orderId) {
        const events = orderId
            ? await this.orm.call("sale.order", "get_timeline", [[orderId]])
            : [];
        Object.assign(this.state, { events, isLoaded: true });
    }

    get past() {
        return this.state.events.filter((event) => ["done", "cancelled"].includes(event.state));
    }

    get due() {
        return this.state.events.filter((event) => ["open", "late"].includes(event.state));
    }

    getColor(event) {
        return COLORS[event.state];
    }

    async open(event) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: event.model,
            res_id: event.res_id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("order_timeline", {
    component: OrderTimeline,
    fieldDependencies: [
        { name: "lifecycle_phase", type: "selection" },
        { name: "review_state", type: "selection" },
    ],
});
