import { ActivityMenu } from "@mail/core/web/activity_menu";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";

/** What opens for a group of the menu. */
const ACTIONS = {
    "order.review": "sale_order_lifecycle.order_review_action_mine",
    "order.progress": "sale_order_lifecycle.order_progress_action_mine",
};
/** The filters that stand for what was clicked in the menu. */
const FILTERS = { overdue: "overdue" };

patch(ActivityMenu.prototype, {
    openActivityGroup(group, filter = "all", newWindow) {
        if (!(group.model in ACTIONS)) {
            return super.openActivityGroup(...arguments);
        }
        this.dropdown.close();
        // Counted over all companies of the person: those in which something waits are shown, too.
        const active = user.activeCompanies.map((company) => company.id);
        const missing = group.company_ids.filter((id) => !active.includes(id));
        if (missing.length) {
            user.activateCompanies([...active, ...missing], { reload: false });
        }
        const additionalContext = {};
        if (filter in FILTERS) {
            additionalContext[`search_default_${FILTERS[filter]}`] = 1;
        }
        this.action.doAction(ACTIONS[group.model], {
            additionalContext,
            clearBreadcrumbs: true,
            newWindow,
        });
    },
});
