from . import order_archive_reason
