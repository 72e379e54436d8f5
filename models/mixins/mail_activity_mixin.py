from odoo import models
from odoo.tools import clean_context

from .base import ADDON
from .mail_thread import QUIETING


class MailActivityMixin(models.AbstractModel):
    """The to-dos of this addon come and go with what they are about, whatever flags and defaults a client sends."""
    _inherit = 'mail.activity.mixin'

    def activity_search(self, act_type_xmlids='', *args, **kwargs):
        return super(MailActivityMixin, self._keep_to_dos(act_type_xmlids)).activity_search(
            act_type_xmlids, *args, **kwargs).with_env(self.env)

    def activity_schedule(self, act_type_xmlid='', *args, **kwargs):
        activities = super(MailActivityMixin, self._keep_to_dos([act_type_xmlid])).activity_schedule(
            act_type_xmlid, *args, **kwargs)
        return activities and activities.with_env(self.env)

    def activity_reschedule(self, act_type_xmlids, *args, **kwargs):
        return super(MailActivityMixin, self._keep_to_dos(act_type_xmlids)).activity_reschedule(
            act_type_xmlids, *args, **kwargs)

    def activity_feedback(self, act_type_xmlids, *args, **kwargs):
        return super(MailActivityMixin, self._keep_to_dos(act_type_xmlids)).activity_feedback(
            act_type_xmlids, *args, **kwargs)

    def activity_unlink(self, act_type_xmlids, *args, **kwargs):
        return super(MailActivityMixin, self._keep_to_dos(act_type_xmlids)).activity_unlink(
            act_type_xmlids, *args, **kwargs)

    def _keep_to_dos(self, xmlids):
        """:param xmlids: list of external ids of types of activities
        :return: these records; where the to-dos are the addon's, without what would keep them from anybody
        """
        context = self.env.context
        if self._original_module != ADDON and not any(
                str(xmlid).startswith(f'{ADDON}.') for xmlid in xmlids or ()):
            return self
        cleaned = clean_context(context)
        if len(cleaned) == len(context) and not any(context.get(key) for key in QUIETING):
            return self
        return self.with_context(cleaned, **dict.fromkeys(QUIETING, False))
