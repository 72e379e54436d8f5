from . import order_inspection_failing
from . import order_inspection_resuming
from . import order_inspection_disposal
