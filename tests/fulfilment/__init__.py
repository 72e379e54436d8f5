from . import test_fulfilment_state
from . import test_facts_on_record
from . import test_procurement
from . import test_promise
from . import test_query_budget
from . import test_waiting_for
from . import test_honest_work
from . import test_planned_dates
