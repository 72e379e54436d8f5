from . import test_order_payload
from . import test_order_channel
from . import test_completeness
from . import test_registration
from . import test_ledger
