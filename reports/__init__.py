from . import review
from . import aftersales
from . import assessment
