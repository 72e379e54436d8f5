from . import order_policy_rule_mixin
from . import order_role
from . import order_policy
from . import order_policy_responsibility
from . import res_company
from . import res_config_settings
from . import sale_order
