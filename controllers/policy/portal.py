from odoo.exceptions import MissingError
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal

from .form import read_id, read_token

# Of what else a link may say, the pages of the portal know these.
PAGE_OPTIONS = ('error', 'warning', 'success', 'pid', 'hash')
MAX_OPTION_LENGTH = 500


class OrderPortal(CustomerPortal):
    """The page of a document is for its customer, and for those of the company who work with the customer."""

    def _document_check_access(self, model_name, document_id, access_token=None):
        if not (record_id := read_id(document_id)):
            raise MissingError(request.env._("This document does not exist."))
        document_sudo = super()._document_check_access(model_name, record_id, access_token=read_token(access_token))
        if isinstance(document_sudo, request.env.registry['order.portal.mixin']):
            # Every page and every answer of a form asks here, also those of core and of other addons.
            request.env[model_name].browse(record_id)._check_portal_page(
                request.httprequest.method not in ('GET', 'HEAD', 'OPTIONS'))
        return document_sudo

    def _prepare_quotations_domain(self, partner):
        return self._keep_to_own_orders(super()._prepare_quotations_domain(partner))

    def _prepare_orders_domain(self, partner):
        return self._keep_to_own_orders(super()._prepare_orders_domain(partner))

    def _keep_to_own_orders(self, domain):
        """:return: the domain of a list of links, without those that a person of the company may not have"""
        Order = request.env['sale.order']
        if not request.env.user._is_internal() or Order._may_use_portal_link():
            return domain
        return [*domain, ('partner_id', '=', request.env.user.partner_id.id)]

    def _get_page_options(self, params):
        """:return: dict of what a link says beside the document, as far as a page of the portal knows it"""
        return {
            name: params[name][:MAX_OPTION_LENGTH] for name in PAGE_OPTIONS if isinstance(params.get(name), str)}
