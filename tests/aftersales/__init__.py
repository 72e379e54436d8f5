from . import test_order_ticket
from . import test_order_visit
from . import test_return
from . import test_aftersales_security
from . import test_query_budget
from . import test_portal
from . import test_aftersales_rpc
from . import test_report_ticket
