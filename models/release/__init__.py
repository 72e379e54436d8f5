from . import order_policy
from . import order_review
from . import sale_order
from . import res_config_settings
