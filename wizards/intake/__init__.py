from . import order_customer_confirmation
