from . import order_progress_report
from . import order_progress_urge
