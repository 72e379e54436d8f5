"""Orders as they were written on the wire: what JSON text can say and values cannot.

A name that an object has twice is gone when the text has become values: the last one has won. A sender that says
``"quantity": 2, "quantity": 3`` leaves the quantity open, though.
"""
import itertools
import json

from .order_payload import MAX_DEPTH, MAX_UNKNOWN_KEYS

# The ways in on which the text is at hand: beginning of the path → the arguments in it, by place and by name.
# Calls over XML-RPC and /jsonrpc are run without their request.
WAYS = {
    '/json/2/': lambda call: ((), call),
    '/web/dataset/call_kw': lambda call: (call['params']['args'], call['params']['kwargs']),
}


class _Object(dict):
    """An object that remembers the names that it was given more than once."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.repeated = ()
        if len(self) < len(pairs):
            seen = set()
            self.repeated = tuple(dict.fromkeys(name for name, _value in pairs if name in seen or seen.add(name)))


def find_repeated_names(path, body):
    """Find what orders say more than once, in a request that calls ``submit_orders``.

    :param path: where the call came in
    :param body: bytes, which were read before without an error
    :return: dict index of an order → list of paths such as ``lines[0].quantity``, the first ones where there are
        many; the index is None for what concerns the whole call
    """
    get_arguments = next((way for start, way in WAYS.items() if path.startswith(start)), None)
    if not get_arguments:
        return {}
    try:
        args, kwargs = get_arguments(json.loads(body, object_pairs_hook=_Object))
        orders = kwargs['orders'] if 'orders' in kwargs else args[1]
    except (LookupError, RecursionError):
        # Code of a database that another call runs; or deeper than an order can be, and refused as it is.
        return {}
    found = {None: list(kwargs.repeated[:MAX_UNKNOWN_KEYS])} if kwargs.repeated else {}
    for index, order in enumerate(orders if isinstance(orders, list) else ()):
        if paths := list(itertools.islice(_walk(order, '', 0), MAX_UNKNOWN_KEYS)):
            found[index] = paths
    return found


def _walk(value, path, depth):
    """The paths of the names that are there more than once, as deep as an order can be."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, _Object):
        for name in value.repeated:
            yield _join(path, name)
        for name, item in value.items():
            if isinstance(item, (dict, list)):
                yield from _walk(item, _join(path, name), depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, (dict, list)):
                yield from _walk(item, f'{path}[{index}]', depth + 1)


def _join(path, name):
    return f'{path}.{name[:64]}' if path else name[:64]
