from odoo import api, models
from odoo.exceptions import AccessError

# What the company adds to the rating of a customer.
_PUBLISHER_FIELDS = {'publisher_comment', 'publisher_datetime', 'publisher_id'}


class RatingRating(models.Model):
    """A rating is the word of a customer about a document, and its token speaks for that customer.

    Core lets every employee enter ratings, of whatever document and in whoever's name, and posts what is sent with the
    token of one as superuser, in that name.
    """
    _inherit = 'rating.rating'

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            field.name != 'access_token' or operation != 'read' or self.env.su
            or not self.env['sale.order']._is_portal_link_kept())

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings._check_given_by_customer()
        return ratings

    def write(self, vals):
        if vals.keys() <= _PUBLISHER_FIELDS:
            return super().write(vals)
        self._check_given_by_customer()
        result = super().write(vals)
        self._check_given_by_customer()
        return result

    def _check_given_by_customer(self):
        """:raise AccessError: for people who would rate a document for its customer; the customer's page and what is
            that is asked are superuser's"""
        if self.env.su:
            return
        for model, ratings in self.sudo().grouped('res_model').items():
            documents = self.env['mail.message']._keeps_portal_link(model)
            if documents is not None and any(
                    document._is_portal_page_of_customer() for document in documents.browse(
                        ratings.mapped('res_id')).exists()):
                raise AccessError(self.env._(
                    "This document can only be rated by the customer, from the rating request message."))
