from . import order_customer_confirmation
from . import order_intake_waiving
