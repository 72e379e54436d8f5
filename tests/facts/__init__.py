from . import test_review_facts
from . import test_review_facts_pure
from . import test_export_check_rpc
from . import test_goods_facts
from . import test_days
from . import test_tours
