from odoo import Command

from ..common import LifecycleCommon


class FactsCommon(LifecycleCommon):
    """A company whose policy has one stage at a time of the role that a test is about."""

    def _set_stages(self, *stages, **vals):
        """Put a policy with these stages in force, each a pair of role code and values."""
        self.policy = self._adopt(self._new_policy(stages=[
            (stage, 10) if isinstance(stage, str) else (stage[0], 10, stage[1]) for stage in stages], **vals))

    def _submit_order(self, *args, **kwargs):
        return self._submit(self._new_order(*args, **kwargs))

    def _get_review(self, order, login):
        """:return: the pending review of the role of this person, as the person sees it"""
        return self._get_pending_reviews(order).filtered(
            lambda review: review.role_id.code == login).with_user(self.users_by_login[login]).sudo(False)

    def _get_facts(self, order, login):
        """:return: dict name of section → section, as the person of the role sees them"""
        self.env.flush_all()
        self.env.invalidate_all()
        return {section['name']: section for section in self._get_review(order, login).facts or ()}

    @staticmethod
    def _get_row(section, name):
        """:return: the row of a section with this name, None where there is none"""
        return next((row for row in section['rows'] if row['name'] == name), None)

    @staticmethod
    def _get_cells(section, **match):
        """:return: dict name of column → cell, for the first row of the table whose cells read so"""
        names = [column['name'] for column in section['table']['columns']]
        for row in section['table']['rows']:
            cells = dict(zip(names, row['cells'], strict=True))
            if all(text in cells[name]['text'] for name, text in match.items()):
                return cells
        return None

    @classmethod
    def _new_invoice(cls, partner, amount, due, paid=False):
        """A posted invoice of a customer that is due on a date, in the company's currency."""
        invoice = cls.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': partner.id, 'invoice_date': due, 'invoice_date_due': due,
            'invoice_payment_term_id': False,
            'invoice_line_ids': [
                Command.create({'name': "Test", 'quantity': 1, 'price_unit': amount, 'tax_ids': False})],
        })
        invoice.action_post()
        if paid:
            cls.env['account.payment.register'].with_context(
                active_model='account.move', active_ids=invoice.ids).create({'payment_date': paid})._create_payments()
        return invoice
