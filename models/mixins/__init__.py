from . import base
from . import ir_attachment
from . import mail_message
from . import order_guarded_mixin
from . import order_customer_mixin
from . import order_inside_mixin
from . import order_portal_mixin
from . import order_deadline_mixin
