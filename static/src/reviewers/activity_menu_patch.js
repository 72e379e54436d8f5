import { ActivityMenu } from "@mail/core/web/activity_menu";
import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";

/** The filters of the reviews that stand for what was clicked in the menu. */
const FILTERS = { overdue: "overdue" };

patch(ActivityMenu.prototype, {
    openActivityGroup(group, filter = "all", newWindow) {
        if (group.model !== "order.review") {
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
        this.action.doAction("sale_order_lifecycle.order_review_action_mine", {
            additionalContext,
            clearBreadcrumbs: true,
            newWindow,
        });
    },
});
