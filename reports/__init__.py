from . import review
from . import aftersales
