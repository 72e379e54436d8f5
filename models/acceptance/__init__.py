from . import order_review
from . import order_policy
from . import sale_order
from . import sale_order_confirmation
from . import sale_order_decline
from . import sale_order_timeline
from . import payment_transaction
