from odoo import api, fields, models
from odoo.tools import SQL


class OrderArchiveChain(models.Model):
    """Where the chain of a company's dossiers ends: the last number of each year and the last digest.

    The row is locked for the short step that seals, so numbers have no gap and each dossier one successor.
    """
    _name = 'order.archive.chain'
    _description = "Chain of Dossiers"
    _rec_name = 'company_id'

    company_id = fields.Many2one('res.company', required=True, readonly=True, ondelete='restrict')
    numbers = fields.Json(readonly=True, help="The last number of each year.")
    last_id = fields.Many2one('order.archive', readonly=True, ondelete='set null')
    last_digest = fields.Char(readonly=True)

    _company_unique = models.Constraint('UNIQUE (company_id)', "The company has its chain of dossiers already.")

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _lock(self, companies):
        """Take the chains of these companies until the transaction ends, as superuser.

        Who waited for another sealing meets a serialization failure, and begins again on what is true now.

        :return: dict company → its chain
        """
        chains = self.search([('company_id', 'in', companies.ids)])
        chains |= self.create([{'company_id': company.id} for company in companies - chains.company_id])
        chains.flush_recordset()
        self.env.execute_query(SQL(
            "SELECT id FROM order_archive_chain WHERE id IN %s ORDER BY id FOR UPDATE", tuple(chains.ids)))
        chains.invalidate_recordset(flush=False)
        return {chain.company_id: chain for chain in chains}

    def _take_number(self, year):
        """:return: the next number of a year, counted as taken"""
        self.ensure_one()
        number = (self.numbers or {}).get(str(year), 0) + 1
        self.numbers = {**(self.numbers or {}), str(year): number}
        return number
