from openupgradelib import openupgrade


@openupgrade.migrate()
def migrate(env, version):
    # Inspections of what was received say from whom it came: the batches of a vendor are a series.
    openupgrade.logged_query(env.cr, """
        UPDATE order_inspection inspection
           SET vendor_id = partner.commercial_partner_id
          FROM stock_move move
               JOIN stock_location place ON place.id = move.location_id AND place.usage = 'supplier'
               JOIN stock_picking picking ON picking.id = move.picking_id
               JOIN res_partner partner ON partner.id = picking.partner_id
         WHERE move.id = inspection.move_id AND inspection.point = 'receipt' AND inspection.vendor_id IS NULL""")
