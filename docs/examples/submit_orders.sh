#!/bin/sh
# Submits the orders of a JSON file to a channel, asks for their status, and cancels one, with curl:
#
#   submit_orders.sh CHANNEL FILE.json REFERENCE
#
# The environment has ODOO_URL, ODOO_API_KEY and, where the host serves several databases, ODOO_DATABASE.
set -eu

call() {
    curl --silent --show-error --fail-with-body --retry 5 --max-time 300 \
        --header "Authorization: bearer $ODOO_API_KEY" \
        --header "Content-Type: application/json" \
        ${ODOO_DATABASE:+--header "X-Odoo-Database: $ODOO_DATABASE"} \
        --data-binary @- "$ODOO_URL/json/2/order.channel/$1"
    echo
}

printf '{"channel_code": "%s", "orders": %s}' "$1" "$(cat "$2")" | call submit_orders
printf '{"channel_code": "%s", "references": ["%s"]}' "$1" "$3" | call order_status
printf '{"channel_code": "%s", "references": ["%s"], "reason": "Ordered by mistake"}' "$1" "$3" | call cancel_orders
