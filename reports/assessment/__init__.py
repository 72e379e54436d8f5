from . import report_order_measure
