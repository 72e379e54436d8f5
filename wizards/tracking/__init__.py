from . import order_incident_handling
from . import order_incident_report
from . import order_incident_telling
