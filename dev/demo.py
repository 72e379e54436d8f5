"""The demonstration: orders on their whole way through the policy, without a browser.

Run it with `make demo`; with ORDERS=DIR it takes the orders of a folder of CSV files (see scenario/csv_orders.py).
"""

import os

from scenario import csv_orders, story


def main(registry, argv):
    orders = os.environ.get("ORDERS")
    return csv_orders.play(registry, orders) if orders else story.play(registry)
