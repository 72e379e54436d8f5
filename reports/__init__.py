from . import policy
from . import review
