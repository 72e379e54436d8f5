from openupgradelib import openupgrade

RENAMED_FIELDS = [
    ('order.review', 'order_review', 'slot', 'approval_number'),
    ('sale.order', 'sale_order', 'departments_to_tell', 'departments_to_notify'),
    ('sale.order', 'sale_order', 'departments_told_at', 'departments_notified_at'),
    ('order.ticket', 'order_ticket', 'outcome_told_at', 'outcome_sent_at'),
    ('order.ticket', 'order_ticket', 'outcome_told_by_id', 'outcome_sent_by_id'),
]


@openupgrade.migrate()
def migrate(env, version):
    openupgrade.rename_fields(env, RENAMED_FIELDS)
    # Made anew under its new name.
    env.cr.execute("DROP INDEX IF EXISTS sale_order__departments_to_tell_index")
