"""What outsiders send with a request, before anything is done with it: any text, any size, any type, or nothing."""
from ...models.mixins.arguments import read_id, read_text

__all__ = ['read_id', 'read_text', 'read_token']

# No token that Odoo makes is longer.
MAX_TOKEN_LENGTH = 200


def read_token(value):
    """:return: what was sent as the token of a link, None where it cannot be one

    Tokens are compared in constant time, which raises for anything but text of ASCII characters.
    """
    return value if isinstance(value, str) and value.isascii() and len(value) <= MAX_TOKEN_LENGTH else None
