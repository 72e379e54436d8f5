from odoo import api, fields, models
from odoo.tools import SQL


class OrderArchiveChain(models.Model):
    """Where the chain of a company's dossiers ends: the last number of each year and the last digest.

    The row is locked for the short step that seals, so numbers have no gap and each dossier one successor.
    """
    _name = 'order.archive.chain'
    _inherit = ['order.guarded.mixin']
    _description = "Chain of Dossiers"
    _rec_name = 'company_id'
    _allow_sudo_commands = False
    _made_by_actions = True

    company_id = fields.Many2one('res.company', required=True, readonly=True, ondelete='restrict')
    numbers = fields.Json(readonly=True, help="The last number of each year.")
    last_id = fields.Many2one('order.archive', string="Last Dossier", readonly=True, ondelete='set null')
    last_digest = fields.Char(readonly=True)

    _company_unique = models.Constraint('UNIQUE (company_id)', "The company already has a chain of dossiers.")

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'company_id', 'numbers', 'last_id', 'last_digest'}

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _lock(self, companies):
        """Take the chains of these companies until the transaction ends, as superuser.

        Who waited for another sealing meets a serialization failure, and begins again on what is true now.

        :return: dict company → its chain
        """
        domain = [('company_id', 'in', companies.ids)]
        for company in companies - self.search(domain).company_id:
            # Two first dossiers of a company at once: the later one begins again, too.
            self.env.execute_query(SQL(
                "INSERT INTO order_archive_chain (company_id, create_uid, create_date, write_uid, write_date) "
                "VALUES (%(company)s, %(user)s, %(now)s, %(user)s, %(now)s) ON CONFLICT (company_id) DO NOTHING "
                "RETURNING id",
                company=company.id, user=self.env.uid, now=fields.Datetime.now()))
        chains = self.search(domain)
        chains.flush_recordset()
        self.env.execute_query(SQL(
            "SELECT id FROM order_archive_chain WHERE id IN %s ORDER BY id FOR UPDATE", tuple(chains.ids)))
        chains.invalidate_recordset()
        return {chain.company_id: chain for chain in chains}

    @api.model
    def _get_next_number(self, company):
        """:return: pair of the year and the number of the dossier that this company would seal now"""
        year = company._get_local_date().year
        chain = self.search([('company_id', '=', company.id)])
        return year, (chain.numbers or {}).get(str(year), 0) + 1

    def _take_number(self, year):
        """:return: the next number of a year, counted as taken"""
        self.ensure_one()
        number = (self.numbers or {}).get(str(year), 0) + 1
        self._write_guarded({'numbers': {**(self.numbers or {}), str(year): number}})
        return number
