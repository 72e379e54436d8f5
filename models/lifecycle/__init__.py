# The order board and the start screens: they show every room, so they load after all of them.
from . import sale_order
from . import sale_order_readers
from . import sale_order_ledger
from . import sale_order_line
from . import order_policy
from . import ir_http
from . import ir_ui_menu
