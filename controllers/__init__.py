from . import policy
from . import intake
from . import channels
from . import aftersales
from . import archive
