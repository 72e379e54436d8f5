from . import order_ticket_outcome
from . import order_ticket_return
from . import order_ticket_return_line
from . import order_visit_result
