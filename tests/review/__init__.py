from . import test_attacks
from . import test_review
from . import test_gate
from . import test_gate_rpc
from . import test_portal_acceptance
from . import test_concurrency
from . import test_query_budget
from . import test_tours
