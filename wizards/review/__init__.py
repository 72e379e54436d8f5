from . import order_review_assign
from . import order_review_decision
from . import order_review_decision_many
