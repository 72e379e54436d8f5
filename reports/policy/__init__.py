from . import report_policy
