# A room per phase; a room imports nothing from a room below it.
from . import mixins
from . import policy
from . import intake
from . import channels
from . import review
from . import reviewers
from . import acceptance
from . import credit
from . import release
from . import fulfilment
from . import quality
from . import facts
from . import settlement
from . import aftersales
from . import archive
from . import assessment
from . import lifecycle
