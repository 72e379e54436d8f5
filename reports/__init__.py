from . import policy
from . import intake
from . import review
from . import quality
from . import aftersales
from . import assessment
