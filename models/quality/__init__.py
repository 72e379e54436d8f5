# Quality room: what is inspected of which products, and what came of it (article F4).
from . import order_inspection_plan
from . import order_inspection_plan_check
from . import order_policy
from . import order_inspection
from . import order_inspection_batch
from . import order_inspection_disposal
from . import order_inspection_sampling
from . import order_inspection_check
from . import sale_order
from . import sale_order_timeline
from . import stock_move
from . import stock_move_line
