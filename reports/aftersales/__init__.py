from . import report_ticket
