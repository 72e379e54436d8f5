from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.sale_order_lifecycle.models.intake.sale_order_confirmation_request import (
    MAX_CORRECTION_LENGTH,
    MAX_NAME_LENGTH,
)

from ..policy.form import MAX_TOKEN_LENGTH, read_text, read_token
from ..policy.portal import OrderPortal


class OrderConfirmationPortal(OrderPortal):
    """Customers confirm a registered order, or say what has to be corrected (article I4), and sign it."""

    @http.route()
    def portal_quote_accept(self, order_id, access_token=None, name=None, signature=None):
        token = access_token or request.httprequest.args.get('access_token')
        try:
            order_sudo = self._document_check_access('sale.order', order_id, access_token=token)
        except (AccessError, MissingError):
            order_sudo = request.env['sale.order'].sudo()
        if order_sudo.policy_id and order_sudo._has_to_be_signed():
            name = read_text(name, MAX_NAME_LENGTH)
            if problem := order_sudo._get_signature_problem(name, signature):
                return {'error': problem}
        return super().portal_quote_accept(order_id, access_token=access_token, name=name, signature=signature)

    @http.route('/my/orders/<int:order_id>/confirmation', type='http', auth='public', website=True,
                methods=['GET', 'POST'])
    def portal_order_confirmation(self, order_id, access_token=None, **post):
        access_token = read_token(access_token)
        try:
            order_sudo = self._document_check_access('sale.order', order_id, access_token=access_token)
        except (AccessError, MissingError):
            return request.redirect('/my')
        lang = order_sudo.partner_id.lang
        if request.env.user._is_public() and lang in dict(request.env['res.lang'].get_installed()):
            # Who follows the link of the mail reads on in the language of the mail.
            request.update_context(lang=lang)
        # The access is that to the order; who is answering is asked beside it. What is read is in that language.
        order_sudo = order_sudo.with_env(request.env(su=True))
        # Programs follow links, so that a link does nothing: an answer is sent with the form.
        if request.httprequest.method != 'POST':
            return self._render_order_confirmation(order_sudo, access_token)
        values = {
            'answer': read_text(post.get('answer'), MAX_NAME_LENGTH),
            'name': read_text(post.get('name'), MAX_NAME_LENGTH),
            'correction': read_text(post.get('correction'), MAX_CORRECTION_LENGTH),
        }
        digest = read_token(read_text(post.get('digest'), MAX_TOKEN_LENGTH))
        try:
            with request.env.cr.savepoint():
                order_sudo._take_customer_answer(values['answer'], values['name'], values['correction'], digest)
        except UserError as error:
            return self._render_order_confirmation(order_sudo, access_token, values=values, error=str(error))
        return request.redirect(order_sudo.get_portal_url(suffix='/confirmation'))

    def _render_order_confirmation(self, order_sudo, access_token, values=None, error=None):
        user, partner = request.env.user, order_sudo.partner_id
        # A company does not answer, one of its people does: with a name.
        name = user.name if not user._is_public() else partner.name if not partner.is_company else ''
        return request.render('sale_order_lifecycle.portal_order_confirmation', {
            'sale_order': order_sudo,
            'access_token': access_token,
            'page_name': 'order_confirmation',
            'is_open': order_sudo._has_open_confirmation_request(),
            'digest': order_sudo._get_confirmation_digest(),
            'values': {'name': name, **(values or {})},
            'error': error,
        })
