import json

from openupgradelib import openupgrade

from odoo.tools import split_every

# How many orders are counted together.
BATCH = 500


@openupgrade.migrate()
def migrate(env, version):
    count_deliveries(env)
    Settlement = env['order.settlement'].with_context(active_test=False)
    # What is owed follows Odoo's own rounding of taxes, and a cash discount that the terms grant is no difference.
    for ids in split_every(BATCH, Settlement.search([('settled_at', '=', False)]).ids):
        for name in ('state', 'owed_amount', 'discount_amount', 'to_invoice_amount', 'difference_amount'):
            env.add_to_compute(Settlement._fields[name], Settlement.browse(ids))
        env.flush_all()
        env.invalidate_all()
    # An invoice of several orders is shared out to the cent: what was settled by it has not changed by that.
    settled = Settlement.search([('settled_at', '!=', False), ('corrected', '=', False)])
    for ids in split_every(BATCH, settled.ids):
        settlements = Settlement.browse(ids)
        amounts = settlements.order_id._get_settlement_amounts()
        for settlement in settlements:
            documents = amounts[settlement.order_id.id]['documents']
            if settlement.settled_documents and documents.keys() == settlement.settled_documents.keys():
                # Below the model: a sealed row keeps everything else.
                env.cr.execute("UPDATE order_settlement SET settled_documents = %s WHERE id = %s", [
                    json.dumps(documents), settlement.id])
        env.invalidate_all()


def count_deliveries(env):
    """What was delivered is added up otherwise than before; what is settled stays as it was."""
    Line = env['sale.order.line']
    ids = Line.search([
        ('order_id.policy_id', '!=', False), ('state', '=', 'sale'), ('qty_delivered_method', '=', 'stock_move'),
        ('order_id.settlement_state', '!=', 'settled')]).ids
    for chunk in split_every(BATCH, ids):
        env.add_to_compute(Line._fields['qty_delivered'], Line.browse(chunk))
        env.flush_all()
        env.invalidate_all()
