from openupgradelib import openupgrade

RENAMED_XMLIDS = [
    ('sale_order_lifecycle.ir_cron_tell_turns', 'sale_order_lifecycle.ir_cron_notify_reviewers'),
    ('sale_order_lifecycle.ir_cron_tell_turns_ir_actions_server',
     'sale_order_lifecycle.ir_cron_notify_reviewers_ir_actions_server'),
]


@openupgrade.migrate()
def migrate(env, version):
    openupgrade.rename_xmlids(env.cr, RENAMED_XMLIDS)
    # What a company has changed of a scheduled action stays, and what it calls has another name.
    env.cr.execute(
        "UPDATE ir_act_server SET code = replace(code, '_cron_tell_turns', '_cron_notify_reviewers')"
        " WHERE code LIKE '%_cron_tell_turns%'")
    # Made anew under its new name.
    env.cr.execute("DROP INDEX IF EXISTS order_review__untold_index")
    # No change of working time has been kept yet: a computation would go through all orders for nothing.
    if not openupgrade.column_exists(env.cr, 'sale_order', 'clock_mark'):
        env.cr.execute("ALTER TABLE sale_order ADD COLUMN clock_mark integer DEFAULT 0")
        env.cr.execute("ALTER TABLE sale_order ALTER COLUMN clock_mark DROP DEFAULT")
