from . import order_policy_adopt
from . import order_policy_adopt_line
