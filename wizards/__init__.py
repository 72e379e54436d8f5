from . import policy
from . import intake
from . import channels
from . import review
from . import settlement
from . import aftersales
from . import archive
from . import assessment
