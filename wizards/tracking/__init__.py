from . import order_progress_report
from . import order_progress_urge
from . import order_incident_handling
from . import order_incident_report
from . import order_incident_telling
