from . import test_settlement
from . import test_settlement_amounts
from . import test_quantities
from . import test_settlement_access
from . import test_settlement_rpc
from . import test_query_budget
from . import test_tours
