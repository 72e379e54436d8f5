from . import report_inspection
