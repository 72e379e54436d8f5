from . import test_order_documents
from . import test_planned_dates
from . import test_procurement
from . import test_progress
from . import test_promise
from . import test_waiting_for
from . import test_order_material
from . import test_order_material_rpc
