from . import order_import_upload
from . import order_customer_choice
from . import order_customer_choice_line
