from . import order_ticket_stage
from . import order_ticket_cause
from . import order_ticket_tag
from . import order_ticket_team
from . import order_ticket
from . import order_policy
from . import sale_order
