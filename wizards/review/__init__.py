from . import order_review_decision
from . import order_review_decision_line
from . import order_review_decision_many
from . import order_review_reason
