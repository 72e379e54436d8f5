from . import test_payment_condition
