"""What an order's timeline is made of, without the ORM."""
from collections import namedtuple

# Something that has happened to an order, or is due.
#
# kind          code of what it is, such as ``registered``
# title         translated text
# moment        naive UTC datetime, or date where only the day is known; what is done or cancelled is told with one only
# state         ``done``, ``open``, ``late`` (it was due before now) or ``cancelled``
# detail        further text for the people of the company
# who           name of the person or role that did it, or that it waits for
# record        the record that it is told of, empty or None without one
# is_private    whether only those who may read the record may know of it
# for_customer  whether the customer sees title, moment and record name on the portal
TimelineEvent = namedtuple(
    'TimelineEvent', ('kind', 'title', 'moment', 'state', 'detail', 'who', 'record', 'is_private', 'for_customer'),
    defaults=('done', '', '', None, False, False))

ICONS = {
    'registered': 'fa-inbox', 'customer_confirmed': 'fa-handshake-o', 'customer_accepted': 'fa-pencil-square-o',
    'submitted': 'fa-paper-plane-o', 'review': 'fa-check-square-o', 'approved': 'fa-thumbs-o-up',
    'confirmed': 'fa-gavel', 'promised': 'fa-calendar-check-o', 'production': 'fa-cogs', 'purchase': 'fa-shopping-cart',
    'transfer': 'fa-truck', 'ready': 'fa-cubes', 'fulfilled': 'fa-flag-checkered', 'settlement': 'fa-balance-scale',
    'inspection': 'fa-search', 'progress': 'fa-tasks', 'incident': 'fa-exclamation-triangle',
    'ticket': 'fa-life-ring', 'visit': 'fa-phone', 'archive': 'fa-archive',
}
