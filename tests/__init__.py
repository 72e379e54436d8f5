from . import mixins
from . import policy
from . import intake
from . import review
from . import fulfilment
from . import settlement
from . import archive
from . import lifecycle
