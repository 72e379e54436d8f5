from . import policy
from . import review
from . import aftersales
from . import assessment
