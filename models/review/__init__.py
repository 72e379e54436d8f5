from . import order_review_stage
from . import order_review_stage_check
from . import order_review
from . import order_review_check
from . import order_policy
from . import sale_order
from . import sale_order_line
from . import payment_transaction
