from . import order_customer_confirmation
from . import order_import_upload
from . import order_intake_waiving
from . import order_ledger_print
from . import order_customer_choice
from . import order_customer_choice_line
