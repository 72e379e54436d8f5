"""Makes in a database what most classes of the suite have in common, and the bundles of the web client.

Called as prepare_tests.py DATABASE, with Odoo's Python.
"""

import sys
from unittest.mock import patch


def prepare(database):
    from passlib.context import CryptContext

    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-d", database, "--log-level=warn"], setup_logging=True)
    registry = Registry(database)
    from odoo.addons.sale_order_lifecycle.tests.common import LifecycleCommon

    # Odoo's test classes encrypt passwords so, too: each log-in of a test is checked against them.
    quick = CryptContext(["pbkdf2_sha512", "plaintext"], pbkdf2_sha512__rounds=1)
    with patch("odoo.addons.base.models.res_users.ResUsersPatchedInTest._crypt_context", lambda self: quick), (
            registry.cursor()) as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        LifecycleCommon._keep_fixtures(env)
        # Otherwise each class that opens a page would compile scripts and styles, and forget them at its end.
        env["ir.qweb"]._pregenerate_assets_bundles()
        keep_statistics(cr)


def keep_statistics(cr):
    """No table of this database is analyzed while tests run.

    What a test makes is never committed. Statistics that are taken meanwhile call a table empty whose pages are full,
    and the planner then joins it row by row: twenty payments took minutes.
    """
    cr.execute(
        "SELECT format('ALTER TABLE %s SET (autovacuum_enabled = false)', oid::regclass) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for (statement,) in cr.fetchall():
        cr.execute(statement)


if __name__ == "__main__":
    prepare(*sys.argv[1:])
