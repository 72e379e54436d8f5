from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError

from ..mixins.mark import Mark, is_system

# Core makes the documents that an order needs, along its routes.
CORE_PROCURING = Mark('core_procuring')
# Core writes the facts of a transfer, as whoever validates it.
CORE_RECORDING = Mark('core_recording')


class OrderLinkMixin(models.AbstractModel):
    """A document that rules of confirmed orders hold: until its work is done it stays theirs.

    What an approval asks for before goods are made or shipped is asked of the orders of a document, so whoever takes
    a document from its order, or leads its goods to another place, takes it from the rule. And what a person ties to
    such an order is what was approved: of its company, to its address, its goods.
    """
    _name = 'order.link.mixin'
    _description = "Document with Fixed Sales Orders"
    _is_ruled = True

    def _get_open_for_orders(self):
        """:return: those of these documents whose links are kept; as superuser"""
        return self.sudo().filtered(lambda document: document.state != 'done')

    def _get_order_links(self):
        """What ties these documents to confirmed orders under policy, whose rules hold them; asked as superuser.

        :return: dict document id → set of pairs (id of the ``sale.order``, what ties the document to it); documents
            that no rule holds are missing
        """
        raise NotImplementedError

    @api.model
    def _is_system_recording(self):
        """:return: whether core is just recording a transfer, or OdooBot works in a transaction of its own"""
        return CORE_RECORDING.lies_on(self) or is_system(self)

    @contextmanager
    def _order_links_kept(self):
        """Let links of documents change in the block as long as none loses an order.

        :raise UserError: with the first document that does
        """
        before = {} if not self or self._is_system_recording() else self._get_open_for_orders()._get_order_links()
        with self._ties_judged():
            yield
        if before:
            documents = self.sudo().browse(before).exists()
            after = documents._get_order_links()
            for document in documents:
                if lost := before[document.id] - after.get(document.id, set()):
                    raise document._get_link_error(self.env['sale.order'].sudo().browse(min(lost)[0]))

    # -- new ties ---------------------------------------------------------------------------------

    def _get_tied_orders(self):
        """:return: the confirmed orders under policy whose rules hold this document; to be asked as superuser"""
        raise NotImplementedError

    def _get_judged_orders(self):
        """:return: the orders under policy to which nobody ties this document but as was approved: those whose rules
            hold it, and those for which nothing is approved, or not any more; to be asked as superuser"""
        raise NotImplementedError

    def _find_tie_faults(self, order):
        """In what this document is not as was approved for an order under policy; asked as superuser.

        :return: set of tuples (id of the ``sale.order``, kind of the fault, id of what is not as approved)
        """
        self.ensure_one()
        if order.state != 'sale':
            return {(order.id, 'state', order.id)}
        return {(order.id, 'company', company_id) for company_id in self._get_company_ids() - {order.company_id.id}}

    def _get_company_ids(self):
        """:return: set of the ids of the companies whose people work on this document, False where none does"""
        return {self.company_id.id}

    def _get_tie_siblings(self):
        """:return: documents of the same orders, from which core may have split this one or added it to them"""
        return self.browse()

    def _get_tie_neighbours(self):
        """:return: documents that are tied to orders by what these ones are tied to"""
        return self.browse()

    def _get_tie_faults(self):
        """:return: dict document id → set of what :meth:`_find_tie_faults` finds; documents without are missing"""
        faults = {}
        for document in self.sudo():
            if found := set().union(*map(document._find_tie_faults, document._get_judged_orders())):
                faults[document.id] = found
        return faults

    @api.model
    def _are_ties_judged(self):
        """:return: whether a person ties documents to orders, of which some company may have such under policy"""
        return self.env['order.policy']._has_any_governed() and not (
            CORE_PROCURING.lies_on(self) or self._is_system_recording())

    @contextmanager
    def _ties_judged(self):
        """Let ties of documents change in the block as long as they become none that was not approved.

        :raise UserError: with the first document of which a tie does
        """
        judged = bool(self) and self._are_ties_judged()
        before = (self | self._get_tie_neighbours())._get_tie_faults() if judged else {}
        yield
        if judged:
            self.exists()._check_ties(before)

    def _check_ties(self, before=None):
        """:param before: what :meth:`_get_tie_faults` returned before they changed; None for new documents
        :raise UserError: with the first of these documents that is tied to an order otherwise than was approved
        """
        if not self._are_ties_judged():
            return
        for document_id, faults in (self | self._get_tie_neighbours())._get_tie_faults().items():
            document = self.sudo().browse(document_id)
            if new := faults - (before or {}).get(document_id, set()):
                new -= set().union(*(document._get_tie_siblings() - self)._get_tie_faults().values())
            if new:
                order_id, kind, _id = min(new)
                raise document._get_tie_error(document.env['sale.order'].browse(order_id), kind)

    def _get_tie_error(self, order, kind):
        """:param order: ``sale.order`` that this document is tied to
        :param kind: of the fault, as :meth:`_find_tie_faults` says
        :return: UserError"""
        self.ensure_one()
        if kind == 'state':
            return UserError(self.env._(
                "%(order)s is not confirmed, so nothing can be produced or delivered for it. Confirm the order first.",
                order=order.name))
        return UserError(self.env._(
            "%(order)s belongs to %(company)s. Create its transfers and manufacturing orders in that company.",
            order=order.name, company=order.company_id.name))

    def _get_link_error(self, order):
        """:param order: ``sale.order`` that this document would be taken from
        :return: UserError"""
        self.ensure_one()
        return UserError(self.env._(
            "%(document)s belongs to %(order)s until it is done, so its order, destination and address cannot be "
            "changed. Cancel it if it is not needed.", document=self.display_name, order=order.name))
