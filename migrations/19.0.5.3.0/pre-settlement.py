from openupgradelib import openupgrade

from odoo.tools import sql

AMOUNTS = ('discount_amount', 'to_invoice_amount')


@openupgrade.migrate()
def migrate(env, version):
    # A new column is computed for all rows: orders that were settled by what was counted then would look changed.
    for name in AMOUNTS:
        if not sql.column_exists(env.cr, 'order_settlement', name):
            sql.create_column(env.cr, 'order_settlement', name, 'numeric')
    env.cr.execute("UPDATE order_settlement SET discount_amount = 0, to_invoice_amount = 0")
