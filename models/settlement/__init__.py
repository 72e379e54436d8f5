# Settlement room: what the customer owes against what was agreed (articles S1-S3).
from . import account_move
from . import order_policy
from . import order_settlement
from . import sale_order
from . import sale_order_owed
from . import sale_order_timeline
from . import sale_order_line
