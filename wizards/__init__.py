from . import policy
from . import review
from . import settlement
