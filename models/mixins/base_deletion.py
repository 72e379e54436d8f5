from odoo import api, models

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .base import ADDON
from .mark import is_system


class Base(models.AbstractModel):
    """What may be deleted is asked of everybody but of a module that is being uninstalled.

    Odoo leaves those questions out where the context says that a module goes, and a context comes from the client.
    """
    _inherit = 'base'

    def unlink(self):
        if not self.env.context.get(MODULE_UNINSTALL_FLAG) or not self._is_deletion_ruled() or is_system(self):
            return super().unlink()
        return super(Base, self.with_context(**{MODULE_UNINSTALL_FLAG: False})).unlink()

    @api.model
    def _is_deletion_ruled(self):
        """:return: bool, whether this addon has a say in what of this model is deleted"""
        return self._is_ruled or self._original_module == ADDON or any(
            f'.{ADDON}.' in method.__module__ for method in self._ondelete_methods)
