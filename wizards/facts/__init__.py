from . import order_export_check_entry
