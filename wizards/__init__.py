from . import policy
from . import review
from . import assessment
