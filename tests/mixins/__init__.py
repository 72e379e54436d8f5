from . import test_order_deadline_mixin
