from . import order_review_assign
from . import order_review_decision
