from . import report_order_ledger
from . import report_order_ledger_selection
