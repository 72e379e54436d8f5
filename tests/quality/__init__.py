from . import test_inspection_plan
