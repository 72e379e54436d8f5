from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError


class OrderLinkMixin(models.AbstractModel):
    """A document that rules of confirmed orders hold: until its work is done it stays theirs.

    What an approval asks for before goods are made or shipped is asked of the orders of a document, so whoever takes
    a document from its order, or leads its goods to another place, takes it from the rule.
    """
    _name = 'order.link.mixin'
    _description = "Document that Keeps its Sales Orders"

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
    def _is_free_to_relink(self):
        """Whether core is just recording a transfer, or OdooBot works in a transaction of its own.

        Superuser rights do not tell who acts: core runs the values of people as superuser, too.
        """
        return self.env['stock.move']._is_core_recording() or (
            self.env.su and self.env.transaction.default_env.uid == SUPERUSER_ID)

    @contextmanager
    def _order_links_kept(self):
        """Let links of documents change in the block as long as none loses an order.

        :raise UserError: with the first document that does
        """
        before = {} if not self or self._is_free_to_relink() else self._get_open_for_orders()._get_order_links()
        yield
        if before:
            documents = self.sudo().browse(before).exists()
            after = documents._get_order_links()
            for document in documents:
                if lost := before[document.id] - after.get(document.id, set()):
                    raise document._get_link_error(self.env['sale.order'].sudo().browse(min(lost)[0]))

    def _get_link_error(self, order):
        """:param order: ``sale.order`` that this document would be taken from
        :return: UserError"""
        self.ensure_one()
        return UserError(self.env._(
            "%(document)s belongs to %(order)s until it is done, so its order, its destination and its address stay. "
            "Cancel it if it is not needed.", document=self.display_name, order=order.name))
