from . import order_decline
from . import order_review_decision
