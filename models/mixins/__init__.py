from . import base
from . import ir_attachment
from . import order_guarded_mixin
from . import order_deadline_mixin
