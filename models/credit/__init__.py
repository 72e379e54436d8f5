from . import res_company
from . import account_move
from . import payment_transaction
from . import order_review_condition
from . import order_review
from . import order_review_stage
from . import sale_order_payment
from . import sale_order_payment_condition
