import { registry } from "@web/core/registry";
import { useDebounced } from "@web/core/utils/timing";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

// Long enough not to interrupt the typing of a word.
const SAVE_DELAY = 1000;

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
        if (!record.dirty || !record.data.partner_id || record.data.order_line.editedRecord) {
            return;
        }
        await record.save();
    }
}

registry.category("views").add("order_phone_form", { ...formView, Controller: OrderPhoneFormController });
