from . import test_inspection_plan
from . import test_inspection_rpc
from . import test_order_inspection
from . import test_query_budget
from . import test_sampling
from . import test_sampling_plan
from . import test_tours
