from odoo import api, models


class ReportReviewSheet(models.AbstractModel):
    """The overall verdict on paper (article R5): all departments, their results, dates and comments on a page."""
    _name = 'report.sale_order_lifecycle.report_review_sheet'
    _description = "Order Review Sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        """:return: values of the template: ``docs`` and ``sheets``, a dict order id → :meth:`_get_sheet`"""
        orders = self.env['sale.order'].browse(docids)
        orders.check_access('read')
        # Whoever may read the order may read its verdict: persons and stages need no other right.
        orders_sudo = orders.sudo()
        return {
            'doc_ids': docids,
            'doc_model': orders._name,
            'docs': orders_sudo,
            'sheets': {order.id: self._get_sheet(order) for order in orders_sudo},
        }

    @api.model
    def _get_sheet(self, order):
        """What the sheet of one order shows; override to show more.

        :param order: ``sale.order`` as superuser
        :return: dict ``current`` (the ``order.review`` of each stage that counts now), ``earlier`` (decisions
            that do not count any more), ``lines`` (order lines without sections, notes and down payments),
            ``by_policy`` (whether the policy itself accepts the order) and ``verdict`` (translated label of the
            state of the review)
        """
        current = order._get_current_reviews()
        return {
            'current': current,
            'earlier': (order.review_ids - current).filtered('decided_by_id').sorted(lambda r: (r.decided_at, r.id)),
            'lines': order.order_line.filtered(lambda line: not line.display_type and not line.is_downpayment),
            'by_policy': order.is_accepted_by_policy,
            'verdict': dict(order._fields['review_state']._description_selection(self.env)).get(order.review_state),
        }
