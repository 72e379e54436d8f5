from . import order_measure_handling
