from . import test_order_seal
from . import test_archive
from . import test_sealed
from . import test_verify
from . import test_cron
from . import test_query_budget
from . import test_aftersales
