from . import test_order_ticket
from . import test_aftersales_security
