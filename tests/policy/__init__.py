from . import test_hooks
from . import test_order_policy
from . import test_order_policy_adopt
from . import test_order_policy_security
from . import test_order_role
from . import test_res_config_settings
from . import test_tours
