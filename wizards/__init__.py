from . import policy
from . import review
from . import settlement
from . import aftersales
from . import assessment
