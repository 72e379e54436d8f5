"""Days and moments: a day begins and ends where the company works, a moment is stored in UTC."""
from datetime import datetime, time

import pytz


def to_local(moment, zone):
    """:return: a naive UTC datetime as an aware one of a time zone"""
    return pytz.utc.localize(moment).astimezone(zone)


def to_date(moment, zone):
    """:return: the date of a naive UTC datetime in a time zone, False without one"""
    return to_local(moment, zone).date() if moment else False


def to_moment(date, zone, hour=0):
    """:return: an hour of a date in a time zone as naive UTC datetime, False without one"""
    if not date:
        return False
    return zone.localize(datetime.combine(date, time(hour))).astimezone(pytz.utc).replace(tzinfo=None)
