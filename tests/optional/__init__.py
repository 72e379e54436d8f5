from . import test_install
from . import test_shop
from . import test_shop_review
from . import test_shop_channel
from . import test_subcontracting
