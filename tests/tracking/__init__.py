from . import test_order_progress
from . import test_order_progress_rpc
from . import test_order_progress_budget
from . import test_order_progress_tours
