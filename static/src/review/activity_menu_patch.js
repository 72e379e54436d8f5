import { ActivityMenu } from "@mail/core/web/activity_menu";
import { patch } from "@web/core/utils/patch";

/** The filters of the reviews that stand for what was clicked in the menu. */
const FILTERS = { overdue: "overdue" };

patch(ActivityMenu.prototype, {
    openActivityGroup(group, filter = "all", newWindow) {
        if (group.model !== "order.review") {
            return super.openActivityGroup(...arguments);
        }
        this.dropdown.close();
        // Counted over all companies of the person, so all of them are shown.
        const additionalContext = { allowed_company_ids: group.company_ids };
        if (filter in FILTERS) {
            additionalContext[`search_default_${FILTERS[filter]}`] = 1;
        }
        this.action.doAction("sale_order_lifecycle.order_review_action_mine", {
            additionalContext,
            clearBreadcrumbs: true,
            newWindow,
        });
    },
});
