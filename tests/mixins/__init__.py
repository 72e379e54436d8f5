from . import test_client_flags
from . import test_order_deadline_mixin
from . import test_working_time
