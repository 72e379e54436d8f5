from . import test_incident
from . import test_incident_budget
from . import test_incident_detection
from . import test_incident_rpc
from . import test_incident_tour
