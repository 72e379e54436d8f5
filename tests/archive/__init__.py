from . import test_order_seal
from . import test_archive
