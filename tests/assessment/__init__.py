from . import test_counts_for
from . import test_indicators
from . import test_assessment
from . import test_measure
from . import test_assessment_security
from . import test_tours
from . import test_policy_rules
