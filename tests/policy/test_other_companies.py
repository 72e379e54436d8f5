"""What people of a company without a policy can do to orders of another one, over rows that no record rule keeps."""
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

GROUPS = (
    'sales_team.group_sale_manager', 'stock.group_stock_manager', 'mrp.group_mrp_manager',
    'account.group_account_manager', 'account.group_account_user', 'purchase.group_purchase_manager',
    'hr.group_hr_manager', 'product.group_product_manager',
)
# What facts of orders are told by.
DOCUMENTS = {
    'account.account', 'account.journal', 'account.move', 'account.move.line', 'account.payment', 'hr.employee',
    'mrp.production', 'purchase.order', 'purchase.order.line', 'res.company', 'sale.order', 'sale.order.line',
    'stock.location', 'stock.move', 'stock.move.line', 'stock.picking', 'stock.warehouse',
}
# Models of other modules that lead there and have no rule for companies, each with what keeps it or why nothing has to.
KNOWN = {
    'account.cash.rounding': "counts as far as a few coins, whatever its accounts (settlement)",
    'account.fiscal.position.account': "on which account something is booked, before it is",
    'account.lock_exception': "opens days of its own company's books",
    'account.partial.reconcile': "test_payments",
    'account.payment.method.line': "test_payments",
    'bus.presence': "no fact",
    'hr.employee.category': "no fact",
    'hr.employee.location': "no fact",
    'hr.employee.skill': "no fact",
    'hr.resume.line': "no fact",
    'hr.work.location': "no fact",
    'iap.account': "no fact",
    'ir.attachment': "asks for the right to its document",
    'ir.default': "own ones only; what is a fact takes none",
    'mail.activity.plan': "no fact",
    'mail.message': "asks for the right to its document",
    'product.category': "what it says of accounts, each company says for itself",
    'product.combo.item': "choices for orders to come",
    'product.uom': "no fact",
    'product.attribute.custom.value': "asks for the right to its line (review)",
    'resource.calendar': "core lets who keeps calendars keep those of all companies; what was counted stays",
    'sale.order.template.line': "follows its template, which has a rule",
    'snailmail.letter': "asks for the right to its document",
    'stock.package.history': "no fact",
    'stock.package.type': "no fact",
    'stock.reference': "judges what it ties (production)",
    'utm.campaign': "no fact",
}


@tagged('post_install', '-at_install')
class TestOtherCompanies(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._new_company("Company without a policy")
        cls.stranger = cls._new_user('stranger', ','.join(GROUPS), company=cls.other)

    def assertRefused(self, records, method, *args, error=UserError):
        with self._in_transaction_of(records.env.user), self.assertRaises(error), self.env.cr.savepoint():
            getattr(records, method)(*args)
            self.env.flush_all()

    def _get_unruled(self):
        """:return: set of the names of the models that lead to documents, that people may change, and that people of
            all companies may change as far as record rules say"""
        ruled = set(self.env['ir.rule'].search([('global', '=', True)]).mapped('model_id.model'))
        return {
            model._name for model in self.env.values()
            if model._auto and not model._abstract and not model._transient and model._name not in ruled
            and model._original_module != 'sale_order_lifecycle'
            and any(
                field.store and field.type in ('many2one', 'many2many') and field.comodel_name in DOCUMENTS
                for field in model._fields.values())
            and any(model.with_user(self.stranger).has_access(operation) for operation in ('write', 'create'))}

    def test_rows_of_all_companies(self):
        """Whoever adds such a model says what keeps it."""
        unruled = self._get_unruled()
        self.assertLess({'account.partial.reconcile', 'account.payment.method.line', 'stock.reference'}, unruled)
        self.assertFalse(unruled - KNOWN.keys(), "Models without a rule for companies that lead to documents")

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_payments(self):
        """What settles an invoice, and on which account payments wait, is not said by people of another company."""
        paid, unpaid = self._fulfil(self._new_order(count=2))
        settled, invoice = (self._invoice(order) for order in (paid, unpaid))
        self._pay(settled)
        owed = invoice.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        partial = settled.line_ids.matched_credit_ids
        own = partial.with_user(self.stranger)
        self.assertRefused(own, 'write', {'debit_move_id': owed.id, 'amount': 500})
        self.assertRefused(own, 'write', {'amount': 1})
        self.assertRefused(own, 'unlink', error=AccessError)
        self.assertRefused(own.browse(), 'create', {
            'debit_move_id': owed.id, 'credit_move_id': partial.credit_move_id.id, 'amount': 500,
            'debit_amount_currency': 500, 'credit_amount_currency': 500})
        account = self.env['account.account'].search(
            [('account_type', '=', 'income'), ('company_ids', 'in', self.company.ids)], limit=1)
        methods = settled.matched_payment_ids.payment_method_line_id.with_user(self.stranger)
        self.assertRefused(methods, 'write', {'payment_account_id': account.id}, error=AccessError)
        self.assertRefused(methods, 'unlink', error=AccessError)
        self.assertEqual((paid | unpaid)._get_paid_amounts(), {paid.id: 500, unpaid.id: 0})

    def test_tabs_that_run(self):
        """A tab is seen by people of all companies, and runs as whoever selects it."""
        action = self.env['ir.actions.act_window'].search([('res_model', '=', 'order.review')], limit=1)
        tabs = self.env['ir.embedded.actions'].with_user(self.stranger)
        self.assertRefused(tabs, 'create', {
            'name': "Overview", 'parent_res_model': 'order.review', 'parent_action_id': action.id,
            'python_method': 'action_approve'}, error=AccessError)
