from PIL import Image

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.image import base64_to_image

# Far beyond what a screen is signed on; a picture is small until it is unpacked.
MAX_SIGNATURE_LENGTH = 10_000_000  # characters of base64
MAX_SIGNATURE_PIXELS = 20_000_000


class SaleOrder(models.Model):
    """A signature is a name and a picture: Odoo takes any text for a picture, also one of which nothing is left."""
    _inherit = 'sale.order'

    def _check_signature(self):
        """:raise ValidationError: for orders under policy whose signature is none, as stored"""
        for order in self.sudo().with_context(bin_size=False).filtered('policy_id'):
            if problem := self._get_signature_problem(order.signed_by, order.signature):
                raise ValidationError(problem)

    @api.model
    def _get_signature_problem(self, name, signature):
        """Whether somebody has signed.

        :param name: text
        :param signature: picture as base64
        :return: sentence that says what is wrong, False where it is a signature
        """
        if not name or not name.strip():
            return self.env._("Enter your name.")
        problem = self.env._("The signature is not an image. Please sign again.")
        if not isinstance(signature, (str, bytes)) or len(signature) > MAX_SIGNATURE_LENGTH:
            return problem
        try:
            image = base64_to_image(signature)
            if image.width * image.height > MAX_SIGNATURE_PIXELS:
                return problem
            image.load()
        except (UserError, OSError, SyntaxError, TypeError, ValueError, Image.DecompressionBombError):
            return problem
        return False
