from . import test_order_analysis
from . import test_order_board
from . import test_policy_in_force
from . import test_portal_fields
from . import test_read_fields
from . import test_reader_access
from . import test_start_screen
from . import test_translations
