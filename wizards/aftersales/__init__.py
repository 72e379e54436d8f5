from . import order_ticket_outcome
