from . import order_customer_confirmation
from . import order_import_upload
