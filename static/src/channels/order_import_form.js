import { onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

const DELAY = 2000;

/** The form of an import, which shows how far it is for as long as it is checked or imported in the background. */
export class OrderImportFormController extends FormController {
    setup() {
        super.setup();
        const timer = setInterval(() => this.showProgress(), DELAY);
        onWillUnmount(() => clearInterval(timer));
    }

    async showProgress() {
        const record = this.model.root;
        if (this.isAsking || document.hidden || !["checking", "running"].includes(record.data?.state)) {
            return;
        }
        this.isAsking = true;
        try {
            await record.load();
        } finally {
            this.isAsking = false;
        }
    }
}

registry.category("views").add("order_import_form", { ...formView, Controller: OrderImportFormController });
