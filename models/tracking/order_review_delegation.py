from odoo import models
from odoo.fields import Domain


class OrderReviewDelegation(models.Model):
    """Whoever decides reviews for somebody who is absent answers progress requests for that person, too."""
    _inherit = 'order.review.delegation'

    def _get_covered_progress_domain(self):
        """The progress requests that the absent person may answer now as a member of the role, and the delegate on
        behalf of that person.

        :return: Domain on ``order.progress``
        """
        # The fields that it asks for are the same there.
        return Domain(self._get_covered_domain())
