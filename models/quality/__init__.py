from . import order_inspection_plan
from . import order_inspection_plan_check
from . import order_policy
