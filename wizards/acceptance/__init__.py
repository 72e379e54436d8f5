from . import order_decline
