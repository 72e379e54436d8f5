"""The demonstration: orders on their whole way through the policy, without a browser.

Run it with `make demo`. Settings are environment variables:

    ORDERS=DIR   the orders of a folder of CSV files instead (see scenario/csv_orders.py), or exports of platforms where
                 the folder has the figures that they come to (see scenario/marketplace.py)
    LIMIT=100    only so many of them, spread over the file; exports of platforms are taken whole
    SEAL=1       then seals the orders of these files, too (see scenario/sealing.py)
    KEEP=1       keeps the database and prints its name
    DB=NAME      seals what is settled in a database that was kept, or goes on where a run was ended
"""

import os
from pathlib import Path

from scenario import csv_orders, marketplace, sealing, story


def main(registry, argv):
    if os.environ.get("DB"):
        return sealing.play(registry)
    if not os.environ.get("ORDERS"):
        return story.play(registry)
    if (Path(os.environ["ORDERS"]) / "figures.json").exists():
        status = marketplace.play(registry, os.environ["ORDERS"])
    else:
        status = csv_orders.play(registry, os.environ["ORDERS"], int(os.environ.get("LIMIT") or 0))
    if os.environ.get("SEAL") == "1":
        status = sealing.play(registry) or status
    return status
