from . import aftersales
from . import archive
