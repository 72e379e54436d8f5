import base64

from odoo import api, fields, models
from odoo.exceptions import UserError


class OrderImportUpload(models.TransientModel):
    """Takes a file of orders and the channel that they came on, and opens what was found in it."""
    _name = 'order.import.upload'
    _description = "Upload an Order File"

    channel_id = fields.Many2one(
        'order.channel', required=True, default=lambda self: self._get_default_channel(),
        domain=lambda self: [('company_id', '=', self.env.company.id)],
        help="The channel of the orders. Its file settings are stored for the next file.")
    file = fields.Binary("File (CSV or XLSX)", attachment=False)
    filename = fields.Char()

    @api.model
    def _get_default_channel(self):
        """:return: the channel of the file before, else the first one for platforms"""
        former = self.env['order.import'].search(
            [('company_id', '=', self.env.company.id), ('user_id', '=', self.env.uid)], limit=1).channel_id
        return former.filtered('active') or self.env['order.channel'].search(
            [('company_id', '=', self.env.company.id), ('kind', '=', 'platform')], limit=1)

    def action_upload(self):
        """Read the file.

        :return: the action that opens the import, to be checked and started there
        :raise AccessError: for people who are no sales staff
        :raise UserError: if the file cannot be read, or the company has no policy
        """
        self._check_one()
        self.env['order.import']._check_sales()
        channel = self.channel_id
        channel.check_access('read')
        # Its content, also where a client asks for the sizes of files only.
        content = self.with_context(bin_size=False, bin_size_file=False).file
        if not content:
            raise UserError(self.env._("Select a file first."))
        if problem := self.env['order.submission'].with_company(channel.company_id)._get_channel_problem(
                channel, channel.code):
            raise UserError(problem.message)
        order_import = self.env['order.import']._create_from_file(
            channel, self.filename or self.env._("Orders"), base64.b64decode(content))
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'order.import',
            'res_id': order_import.id,
            'views': [(False, 'form')],
        }
