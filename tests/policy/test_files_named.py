"""A file is told of with the rights of whoever names it, and what is printed for somebody that person may print."""
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestFilesNamed(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls.env['ir.attachment'].create({
            'name': "secret.txt", 'raw': b'Secret', 'res_model': 'order.policy', 'res_id': cls.policy.id})
        cls.own = cls.env['ir.attachment'].with_user(cls.user_employee).create({'name': "own.txt", 'raw': b'Own'})

    @mute_logger('odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
    def test_forms_tell_of_no_file(self):
        """Every model that reads the content of a file as superuser, whoever may write its rows."""
        walked = set()
        for model in self.env.values():
            for name in () if model._abstract else model._get_file_relations():
                field = model._fields[name]
                walked.add(model._name)
                for user in (self.user_employee, self.user_stock, self.user_accountant):
                    own = model.with_user(user).sudo(False)
                    with self.subTest(model=model._name, field=name, user=user.login), self.assertRaises(AccessError):
                        own.onchange(
                            {name: self.secret.id if field.type == 'many2one' else [Command.link(self.secret.id)]},
                            [name], {other: {} for other in model._fields if other != 'id'})
        self.assertTrue(walked)
        if 'snailmail.letter' in self.env:
            self.assertIn('snailmail.letter', walked)

    def test_letters(self):
        """Odoo's letters are every employee's to write, and OdooBot prints and sends them."""
        if 'snailmail.letter' not in self.env:
            self.skipTest("snailmail is not installed")
        order, Letter = self._confirm(self._new_order()), self.env['snailmail.letter'].with_user(self.user_employee)
        channel = self.env['discuss.channel'].with_user(self.user_employee).create({'name': "Own"})
        vals = {'model': channel._name, 'res_id': channel.id, 'partner_id': self.user_employee.partner_id.id}
        letter = Letter.create({**vals, 'attachment_id': self.own.id})
        self.assertEqual(letter.attachment_fname, "own.txt")
        self.assertEqual(
            Letter.onchange({'attachment_id': self.own.id}, ['attachment_id'], {'attachment_fname': {}})['value'],
            {'attachment_fname': "own.txt"})
        for change in (
            {'attachment_id': self.secret.id}, {'model': 'sale.order', 'res_id': order.id},
            {'model': 'order.policy', 'res_id': self.policy.id,
             'report_template': self.env.ref('sale_order_lifecycle.action_report_policy').id},
        ):
            with self.subTest(change=change), self.assertRaises(AccessError), self.env.cr.savepoint():
                letter.write(change)
            with self.subTest(change=change), self.assertRaises(AccessError), self.env.cr.savepoint():
                Letter.create({**vals, **change})
        letter.write({'attachment_id': self.own.id, 'color': True})
