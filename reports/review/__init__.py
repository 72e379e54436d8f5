from . import report_review_sheet
