from . import policy
from . import intake
from . import aftersales
from . import archive
