from . import order_review_assign
