from . import test_acceptance_concurrency
from . import test_confirmation_mail
from . import test_customer_acceptance
from . import test_customer_rpc
from . import test_decline
from . import test_portal_acceptance
