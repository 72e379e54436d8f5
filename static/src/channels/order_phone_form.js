import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useDebounced } from "@web/core/utils/timing";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { status } from "@odoo/owl";

// Long enough not to interrupt the typing of a word.
const SAVE_DELAY = 1000;
// Whoever is still there after this long has not left the page.
const LEAVE_DELAY = 10000;

/** The form for the person on the phone: as soon as the customer is known, what is entered is saved by itself. */
export class OrderPhoneFormController extends FormController {
    setup() {
        super.setup();
        this.saveSoon = useDebounced(() => this.saveDraft(), SAVE_DELAY);
    }

    get modelParams() {
        const params = super.modelParams;
        const onRecordChanged = () => {
            // Not awaited: the record waits for this hook, and the saving for the record.
            this.saveSoon();
        };
        return { ...params, hooks: { ...params.hooks, onRecordChanged } };
    }

    async saveDraft() {
        const record = this.model.root;
        // A line in the works is saved when it is left; the page itself saves it when it is closed.
        if (this.isLeaving || !record.dirty || !record.data.partner_id || record.data.order_line.editedRecord) {
            return;
        }
        this.isSaving = true;
        try {
            await record.save();
        } finally {
            this.isSaving = false;
        }
    }

    async beforeUnload(ev) {
        if (this.isSaving) {
            // What is on its way would be sent a second time: ask whether to leave, it takes a moment only.
            ev.preventDefault();
            ev.returnValue = "Unsaved changes";
            return;
        }
        // The page saves what is entered now. As long as the next page loads, nothing may save it a second time.
        this.isLeaving = true;
        this.saveSoon.cancel();
        await super.beforeUnload(ev);
        if (ev.defaultPrevented) {
            this.isLeaving = false;
            return;
        }
        browser.setTimeout(() => this.stay(), LEAVE_DELAY);
    }

    beforeVisibilityChange() {
        return this.isLeaving ? undefined : super.beforeVisibilityChange();
    }

    /** The page has not been left after all (a download, for example): go on with what was saved. */
    async stay() {
        const record = this.model.root;
        if (status(this) !== "destroyed" && record.resId) {
            await record.load();
        }
        this.isLeaving = false;
    }
}

registry.category("views").add("order_phone_form", { ...formView, Controller: OrderPhoneFormController });
