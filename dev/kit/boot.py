"""Runs a script inside Odoo: boot.py DATABASE SCRIPT [ARGUMENT…], with Odoo's Python (see dev/script).

Loads the registry, starts the HTTP server (PDFs fetch their style sheets from it, portal pages can be read), and
calls the script's `main(registry, argv)`. What main returns is the exit status; None is success.
"""

import os
import runpy
import signal
import sys


def boot(database, script, *argv):
    sys.path[0] = os.path.dirname(script)  # as if it were started by itself
    import odoo.api
    from odoo import http
    from odoo.modules.registry import Registry
    from odoo.service import server
    from odoo.tools import config

    config.parse_config(["-d", database, "--log-level=warn"], setup_logging=True)
    server.load_server_wide_modules()
    registry = Registry(database)
    server.server = server.ThreadedServer(http.root)
    server.server.start(stop=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    url = f"http://127.0.0.1:{config['http_port']}"
    with registry.cursor() as cr:
        parameters = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})["ir.config_parameter"]
        parameters.set_param("web.base.url", url)
        parameters.set_param("report.url", url)
    try:
        return runpy.run_path(script)["main"](registry, list(argv))
    finally:
        server.server.stop()


if __name__ == "__main__":
    sys.exit(boot(*sys.argv[1:]))
