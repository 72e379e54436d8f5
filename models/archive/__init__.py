# Archive room: sealed dossiers (articles X1-X2).
from . import order_sealed_mixin
from . import order_archive_rule
from . import order_policy
from . import order_archive_chain
from . import order_archive
from . import order_archive_export
from . import order_archive_document
from . import order_archive_access
from . import sale_order
from . import sale_order_line
from . import order_review
from . import order_review_check
from . import order_settlement
from . import account_move
from . import ir_attachment
from . import ir_actions_report
