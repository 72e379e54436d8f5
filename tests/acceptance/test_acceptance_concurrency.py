"""The customer signs while the last department approves, each in a separate transaction (article R5)."""
from odoo import Command, fields
from odoo.tests import tagged

from ..concurrency import ConcurrencyCommon, Meeting
from ..review.common import SIGNATURE


@tagged('post_install', '-at_install')
class TestSignWhileApproved(ConcurrencyCommon):

    people = {
        'sales': 'sales_team.group_sale_salesman',
        'finance': 'sale_order_lifecycle.group_finance',
    }

    @classmethod
    def _prepare_stage_vals(cls, env):
        return [{'name': "Finance", 'role_id': env['order.role']._get_by_code('finance').id}]

    @classmethod
    def _set_up(cls, env):
        super()._set_up(env)
        cls.user_ids['public'] = env.ref('base.public_user').id
        product = env['product.product'].create({'name': f"Work {cls.key}", 'type': 'service', 'taxes_id': False})
        orders = cls._new_orders(env, 3, require_signature=True, require_payment=False, order_line=[Command.create({
            'product_id': product.id, 'product_uom_qty': 1, 'price_unit': 100})])
        orders.action_submit_review()
        cls.order_ids = orders.ids

    def _sign(self, env, order_id):
        order_sudo = env['sale.order'].browse(order_id).sudo()
        order_sudo.write({'signed_by': "Ann", 'signed_on': fields.Datetime.now(), 'signature': SIGNATURE})
        env.cr.flush()
        order_sudo._validate_order()

    def _approve(self, env, order_id):
        env['order.review'].search([('order_id', '=', order_id), ('state', '=', 'pending')]).action_approve()

    def test_sign_while_approved(self):
        """Whoever is first: one confirmed order, and the signature is there."""
        for order_id in self.order_ids:
            meeting = Meeting()

            def get_job(action, order_id=order_id, meeting=meeting):
                def job(env):
                    # Customer and reviewer have read the order before one of them writes.
                    self.assertTrue(env['sale.order'].browse(order_id).sudo().review_state)
                    meeting.wait()
                    action(env, order_id)
                return job

            results = self._run_together(('public', get_job(self._sign)), ('finance', get_job(self._approve)))
            self.assertEqual(results, [None, None])
            with self._acting() as env:
                order = env['sale.order'].browse(order_id)
                self.assertEqual((order.state, order.review_state, order.signed_by), ('sale', 'approved', "Ann"))
                self.assertTrue(order.signature)
                self.assertEqual(len(order.review_ids.filtered(lambda review: review.state == 'approved')), 1)
