from . import order_settlement_reason
