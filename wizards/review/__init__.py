from . import order_review_decision
