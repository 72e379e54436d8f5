"""What outsiders send with a request, before anything is done with it: any text, any size, any type, or nothing."""

# The largest id that a row can have.
MAX_ID = 2 ** 31 - 1
# No token that Odoo makes is longer.
MAX_TOKEN_LENGTH = 200


def read_text(value, limit):
    """:return: what was sent as a text that can be stored, of at most ``limit`` characters; empty where it is none"""
    if not isinstance(value, str):
        # A file under the name of a text field, say.
        return ''
    # One part of a surrogate pair cannot be encoded, a NUL cannot be stored.
    return value[:4 * limit].encode('utf-8', 'ignore').decode().replace('\x00', '').strip()[:limit]


def read_token(value):
    """:return: what was sent as the token of a link, None where it cannot be one

    Tokens are compared in constant time, which raises for anything but text of ASCII characters.
    """
    return value if isinstance(value, str) and value.isascii() and len(value) <= MAX_TOKEN_LENGTH else None


def read_id(value):
    """:return: what was sent as the id of a record, False where no record can have it"""
    try:
        number = int(value) if isinstance(value, (int, str)) and len(str(value)) <= 10 else 0
    except ValueError:
        number = 0
    return number if 0 < number <= MAX_ID else False
