#!/usr/bin/env python3
"""Submits orders to a channel, asks for their status and cancels them, with nothing but Python's standard library.

    submit_orders.py submit CHANNEL FILE.json
    submit_orders.py status CHANNEL REFERENCE…
    submit_orders.py cancel CHANNEL REASON REFERENCE…

The environment has ODOO_URL, ODOO_API_KEY and, where the host serves several databases, ODOO_DATABASE. The exit status
is 1 where an order was not taken in, found or cancelled.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

BATCH = 100  # orders in each call
ATTEMPTS = 5
GOOD = {"created", "duplicate", "found", "cancelled", "already_cancelled"}


def call(method, **arguments):
    """Call a method of the channel; where there is no answer, once more: the same call never does anything twice."""
    headers = {"Authorization": f"bearer {os.environ['ODOO_API_KEY']}", "Content-Type": "application/json"}
    if database := os.environ.get("ODOO_DATABASE"):
        headers["X-Odoo-Database"] = database
    url = f"{os.environ['ODOO_URL'].rstrip('/')}/json/2/order.channel/{method}"
    for attempt in range(1, ATTEMPTS + 1):
        request = urllib.request.Request(url, json.dumps(arguments).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=300) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == ATTEMPTS:
                sys.exit(f"{error.code} {error.reason}: {json.load(error).get('message')}")
        except OSError as error:
            if attempt == ATTEMPTS:
                sys.exit(f"No answer: {error}")
        time.sleep(2 ** attempt)


def main(command, channel, *arguments):
    if command == "submit":
        with open(arguments[0], encoding="utf-8") as file:
            orders = json.load(file)
        results = [
            result for start in range(0, len(orders), BATCH)
            for result in call("submit_orders", channel_code=channel, orders=orders[start:start + BATCH])]
    elif command == "status":
        results = call("order_status", channel_code=channel, references=arguments)
    else:
        results = call("cancel_orders", channel_code=channel, references=arguments[1:], reason=arguments[0])
    for result in results:
        print(result["reference"], result["status"], result["order_name"] or "-", result.get("phase") or "", sep="\t")
        for error in result["errors"]:
            print("", error["code"], error["field"], error["message"], sep="\t")
        for sentence in result.get("missing", ()):
            print("", "missing", sentence, sep="\t")
    return int(any(result["status"] not in GOOD for result in results))


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("submit", "status", "cancel"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
