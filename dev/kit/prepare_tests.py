"""Makes in a database what most classes of the suite have in common: prepare_tests.py DATABASE, with Odoo's Python."""

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
        LifecycleCommon._keep_fixtures(odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {}))


if __name__ == "__main__":
    prepare(*sys.argv[1:])
