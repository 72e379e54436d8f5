from odoo import api, models
from odoo.tools import SQL

# Each the same text in an index and in the query that is to use it. What is found is compared in full in Python (see
# customer_matching.py): the same name has the same key, the same phone number the same end.
NAME_KEY = (
    r"LEFT(REPLACE(TRANSLATE(LOWER(regexp_replace(btrim(normalize(%s, NFKC)), '\s+', ' ', 'g')), 'ς', 'σ'),"
    " 'ß', 'ss'), 100)")
PHONE_END = r"RIGHT(regexp_replace(COALESCE(phone_sanitized, phone), '\D', '', 'g'), 6)"
VAT_KEY = "UPPER(regexp_replace(vat, '[^[:alnum:]]', '', 'g'))"


class ResPartner(models.Model):
    _inherit = 'res.partner'

    # Customers of submitted orders are looked up by these, however they are written.
    _name_key_idx = models.Index(f"(({NAME_KEY % 'name'})) WHERE name IS NOT NULL")
    _phone_end_idx = models.Index(f"(({PHONE_END})) WHERE phone IS NOT NULL")
    _vat_plain_idx = models.Index(f"(({VAT_KEY})) WHERE vat IS NOT NULL")

    @api.model
    def _find_ids_by_writing(self, names=(), phone_ends=(), vats=(), archived=False):
        """Find partners of the environment's company, and shared ones, by what is written in many ways.

        :param names: names; capitals, spaces and the width of letters make no difference
        :param phone_ends: ends of phone numbers, see ``phone_number.get_end``
        :param vats: tax ids, letters and digits only, in capitals
        :param archived: archived ones, too
        :return: list of ids, without a check of rights
        """
        query = self._prepare_writing_query(names, phone_ends, vats, archived)
        if not query:
            return []
        self.flush_model(['active', 'company_id', 'name', 'phone', 'phone_sanitized', 'vat'])
        return [row[0] for row in self.env.execute_query(query)]

    @api.model
    def _prepare_writing_query(self, names=(), phone_ends=(), vats=(), archived=False):
        """:return: the query of :meth:`_find_ids_by_writing`, empty where nothing is asked for"""
        conditions = [SQL(condition, list(values)) for condition, values in (
            (f"name IS NOT NULL AND {NAME_KEY % 'name'} = ANY(ARRAY(SELECT {NAME_KEY % 'given'} FROM"
             " unnest(%s::text[]) AS given))", names),
            (f"phone IS NOT NULL AND {PHONE_END} = ANY(%s)", phone_ends),
            (f"vat IS NOT NULL AND {VAT_KEY} = ANY(%s)", vats),
        ) if values]
        return conditions and SQL(
            "SELECT id FROM res_partner WHERE (active OR %s) AND (company_id IS NULL OR company_id = %s) AND (%s)",
            archived, self.env.company.id, SQL(" OR ").join(SQL("(%s)", condition) for condition in conditions))
