from . import policy
from . import review
from . import settlement
from . import archive
