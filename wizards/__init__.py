from . import policy
from . import intake
from . import review
from . import settlement
from . import archive
