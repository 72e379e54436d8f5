from . import review
from . import assessment
