from . import test_concurrency
from . import test_held_goods
from . import test_inspection_plan
from . import test_inspection_rpc
from . import test_order_inspection
from . import test_query_budget
from . import test_ways_out
from . import test_tours
