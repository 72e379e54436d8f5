from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..policy.form import read_id, read_text, read_token
from ..policy.portal import OrderPortal

# What a customer may send with a report.
MAX_FILES = 10
MAX_FILE_SIZE = 10 * 1024 * 1024
MAX_FILES_SIZE = 30 * 1024 * 1024
MAX_SUBJECT_LENGTH = 200
MAX_TEXT_LENGTH = 20000
MAX_FILE_NAME_LENGTH = 200


class TicketPortal(OrderPortal):
    """Customers report problems with their orders and follow their tickets (article A1)."""

    # -- home -----------------------------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if 'ticket_count' in counters:
            Ticket = request.env['order.ticket']
            values['ticket_count'] = (
                Ticket.search_count(self._get_ticket_domain(), limit=1) if Ticket.has_access('read') else 0)
        return values

    def _get_ticket_domain(self):
        """:return: Domain of the tickets that the list shows, also to people of the company itself"""
        if not request.env['order.ticket']._may_use_portal_link():
            # A list holds the links of what it shows.
            return Domain('partner_id', '=', request.env.user.partner_id.id)
        return Domain('partner_id', 'child_of', request.env.user.partner_id.commercial_partner_id.ids)

    # -- list and page --------------------------------------------------------------------------

    @http.route(['/my/tickets', '/my/tickets/page/<int:page>'], type='http', auth='user', website=True)
    def portal_my_tickets(self, page=1, filterby=None, **kw):
        Ticket = request.env['order.ticket']
        filters = {
            'all': {'label': request.env._("All"), 'domain': Domain.TRUE},
            'open': {'label': request.env._("Open"), 'domain': Domain('closed_at', '=', False)},
            'closed': {'label': request.env._("Closed"), 'domain': Domain('closed_at', '!=', False)},
        }
        filterby, page = filterby if filterby in filters else 'all', read_id(page) or 1
        domain = self._get_ticket_domain() & filters[filterby]['domain']
        readable = Ticket.has_access('read')
        pager = portal_pager(
            url='/my/tickets', total=Ticket.search_count(domain) if readable else 0, page=page,
            step=self._items_per_page, url_args={'filterby': filterby})
        tickets = Ticket.search(
            domain, limit=self._items_per_page, offset=pager['offset']) if readable else Ticket
        request.session['my_tickets_history'] = tickets.ids[:100]
        return request.render('sale_order_lifecycle.portal_my_tickets', {
            **self._prepare_portal_layout_values(),
            'tickets': tickets.sudo(),
            'page_name': 'ticket',
            'pager': pager,
            'default_url': '/my/tickets',
            'searchbar_filters': filters,
            'filterby': filterby,
        })

    @http.route('/my/tickets/<int:ticket_id>', type='http', auth='public', website=True)
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        access_token = read_token(access_token)
        try:
            ticket_sudo = self._document_check_access('order.ticket', ticket_id, access_token=access_token)
        except (AccessError, MissingError):
            return request.redirect('/my')
        values = self._get_page_view_values(
            ticket_sudo, access_token, {'ticket': ticket_sudo, 'page_name': 'ticket'}, 'my_tickets_history', False,
            **self._get_page_options(kw))
        return request.render('sale_order_lifecycle.portal_my_ticket', values)

    # -- report a problem -----------------------------------------------------------------------

    @http.route('/my/orders/<int:order_id>/ticket', type='http', auth='public', website=True, methods=['GET', 'POST'])
    def portal_order_ticket(self, order_id, access_token=None, **post):
        access_token = read_token(access_token)
        try:
            order_sudo = self._document_check_access('sale.order', order_id, access_token=access_token)
        except (AccessError, MissingError):
            return request.redirect('/my')
        # The access is that to the order; whether this person may report a problem is asked beside it.
        order_sudo = order_sudo.with_user(request.env.user).sudo()
        if not order_sudo._get_reporting_partner():
            return request.redirect(order_sudo.get_portal_url())
        if request.httprequest.method != 'POST':
            return self._render_ticket_form(order_sudo, access_token, {}, [])
        values, attachments, errors = self._read_ticket_form(order_sudo, post)
        if errors:
            return self._render_ticket_form(order_sudo, access_token, values, errors)
        try:
            with request.env.cr.savepoint():
                ticket_sudo = order_sudo._open_customer_ticket(values, attachments)
        except UserError as error:
            return self._render_ticket_form(order_sudo, access_token, values, [str(error)])
        return request.redirect(ticket_sudo.get_portal_url(query_string='&opened=1'))

    def _render_ticket_form(self, order_sudo, access_token, values, errors):
        return request.render('sale_order_lifecycle.portal_order_ticket', {
            'sale_order': order_sudo,
            'access_token': access_token,
            'page_name': 'ticket',
            'kinds': request.env['order.ticket']._fields['kind']._description_selection(request.env),
            'products': order_sudo._get_reportable_products(),
            'values': values,
            'errors': errors,
        })

    def _read_ticket_form(self, order_sudo, post):
        """What the customer has entered; nothing but this comes from the form.

        :return: (values of the ticket, list of (file name, content), list of sentences on what is wrong)
        """
        errors = []
        kinds = dict(request.env['order.ticket']._fields['kind'].selection)
        values = {
            'kind': post.get('kind') if post.get('kind') in kinds else False,
            'subject': read_text(post.get('subject'), MAX_SUBJECT_LENGTH),
            'description': read_text(post.get('description'), MAX_TEXT_LENGTH),
            'product_id': read_id(post.get('product_id')),
        }
        if not values['kind']:
            errors.append(request.env._("Select the type of your request."))
        if not values['subject']:
            errors.append(request.env._("Enter a subject."))
        if not values['description']:
            errors.append(request.env._("Describe what happened or what you need."))
        if values['product_id'] and values['product_id'] not in order_sudo._get_reportable_products().ids:
            values['product_id'] = False
            errors.append(request.env._("Select a product of this order."))
        attachments, problem = self._read_ticket_files()
        if problem:
            errors.append(problem)
        return values, attachments, errors

    def _read_ticket_files(self):
        """:return: (list of (file name, content), sentence on what is wrong or False)"""
        files = [file for file in request.httprequest.files.getlist('attachments') if file.filename]
        if len(files) > MAX_FILES:
            return [], request.env._("You can send at most %(count)s files.", count=MAX_FILES)
        attachments, size = [], 0
        for file in files:
            name = read_text(file.filename, MAX_FILE_NAME_LENGTH) or request.env._("Attachment")
            content = file.read(MAX_FILE_SIZE + 1)
            size += len(content)
            if len(content) > MAX_FILE_SIZE:
                return [], request.env._(
                    "The file %(name)s is larger than %(size)s MB: upload a smaller one.",
                    name=name, size=MAX_FILE_SIZE // (1024 * 1024))
            if size > MAX_FILES_SIZE:
                return [], request.env._(
                    "The files are larger than %(size)s MB in total: upload fewer files.",
                    size=MAX_FILES_SIZE // (1024 * 1024))
            attachments.append((name, content))
        return attachments, False
