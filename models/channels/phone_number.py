"""Whether two phone numbers are one, however each of them is written. Knows nothing of Odoo's models."""

import re
from functools import lru_cache

import phonenumbers

from odoo.exceptions import UserError

from odoo.addons.phone_validation.tools import phone_validation

# Fewer digits say nothing.
MINIMUM = 6
# Country codes, trunk prefixes and area codes are written in many ways, the end of a number in one.
END = 6


def get_digits(phone):
    """:return: all digits of a number, '' where they are too few or not all of ASCII (PostgreSQL's ``\\D`` knows these
    only)"""
    digits = re.sub(r'\D', '', phone or '')
    return digits if len(digits) >= MINIMUM and digits.isascii() else ''


def get_end(phone, country=None):
    """The digits by which candidates are found: numbers that are one have the same end.

    :param country: ISO code of the country that the number is in, if that is known
    :return: str, '' where there are too few digits
    """
    full = get_full_number(phone, country)
    # An extension is not in the full number.
    return get_digits(full or phone)[-END:]


@lru_cache(maxsize=4096)
def get_full_number(phone, country=None):
    """:return: the number in its international form (E.164), '' where it is none of the country"""
    if not get_digits(phone):
        return ''
    try:
        number = phone_validation.phone_parse(phone, country or None)
    except UserError:
        return ''
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_same(phone, country, other, other_country):
    """Whether two numbers are one: in full, each by its country, else by that of the other one.

    Numbers that are none in either country are the same if all their digits are.

    :param country, other_country: ISO codes of countries, None where it is not known
    """
    if not get_digits(phone) or not get_digits(other):
        return False
    one = _resolve(phone, country, other, other_country)
    two = _resolve(other, other_country, phone, country)
    if one and two:
        return one == two
    return get_digits(phone) == get_digits(other)


def _resolve(phone, country, other, other_country):
    """:return: the full number of ``phone``, '' where neither its country nor that of the other number makes it one"""
    candidates = (country, other_country, _get_country_of(other))
    return next(filter(None, (get_full_number(phone, candidate) for candidate in candidates if candidate)), '') or (
        get_full_number(phone))


@lru_cache(maxsize=4096)
def _get_country_of(phone):
    """:return: ISO code of the country that an internationally written number names, '' for others"""
    full = get_full_number(phone)
    return (phonenumbers.region_code_for_number(phonenumbers.parse(full)) or '') if full else ''
