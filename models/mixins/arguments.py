"""What a client sends as an argument of a public method or with a request, before anything is done with it: any text,
any size, any type, or nothing. Rights are judged first, then what was sent is read, and what cannot be read is nothing:
the caller asks for it in a sentence."""
from datetime import date, datetime, timezone

# The largest id that a row can have.
MAX_ID = 2 ** 31 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2999
# Far beyond whatever is counted.
MAX_NUMBER = 10 ** 9


def read_text(value, limit=None):
    """:return: what was sent as a text that can be stored, of at most ``limit`` characters; empty where it is none"""
    if not isinstance(value, str):
        # A file under the name of a text field, say.
        return ''
    if limit:
        value = value[:4 * limit]
    # One part of a surrogate pair cannot be encoded, a NUL cannot be stored.
    return value.encode('utf-8', 'ignore').decode().replace('\x00', '').strip()[:limit]


def read_id(value):
    """:return: what was sent as the id of a record, False where no record can have it"""
    try:
        is_number = isinstance(value, (int, str)) and not isinstance(value, bool)
        number = int(value) if is_number and len(str(value)) <= 10 else 0
    except ValueError:
        number = 0
    return number if 0 < number <= MAX_ID else False


def read_ids(value):
    """:return: list of what was sent as ids of records, without what no record can have"""
    return list(filter(None, map(read_id, value))) if isinstance(value, (list, tuple)) else []


def read_number(value):
    """:return: what was sent as a number, 0 where it is none"""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Neither what is infinite nor what is no number is at most anything.
    return value if is_number and abs(value) <= MAX_NUMBER else 0


def read_moment(value):
    """Read a moment in ISO 8601; without a time zone it is UTC.

    :param value: text, datetime or date
    :return: naive UTC datetime, to the second
    :raise ValueError: if it is none
    """
    if isinstance(value, str):
        text = value.strip()
        value = datetime.fromisoformat(text[:-1] + '+00:00' if text[-1:] in ('Z', 'z') else text)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        raise ValueError(f"not a moment: {value!r:.50}")
    if value.tzinfo:
        try:
            value = value.astimezone(timezone.utc).replace(tzinfo=None)
        except OverflowError as error:
            raise ValueError(str(error)) from error
    return check_year(value).replace(microsecond=0)


def check_year(value):
    """:return: the day or moment
    :raise ValueError: for one that nobody means
    """
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError("out of range")
    return value
