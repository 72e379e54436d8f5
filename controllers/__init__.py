from . import aftersales
