from . import order_customer_confirmation
from . import order_intake_waiving
from . import order_ledger_print
