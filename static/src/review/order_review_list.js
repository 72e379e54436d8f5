import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/** A list of reviews whose buttons for many say what the rows on the screen have shown. */
export class OrderReviewListController extends ListController {
    async beforeExecuteActionButton(clickParams) {
        // Buttons of rows say it themselves; those above the list act on what is selected.
        const shown = this.model.root.selection.map((record) => record.data.seen_digest);
        if (clickParams.buttonContext) {
            clickParams.buttonContext.seen_digests = shown.filter(Boolean);
        }
        return super.beforeExecuteActionButton(clickParams);
    }
}

registry.category("views").add("order_review_list", {
    ...listView,
    Controller: OrderReviewListController,
});
