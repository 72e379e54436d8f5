"""One Odoo to run: its odoo.conf, free ports, and the environment of its process."""

import os
import re
import socket
import subprocess
import threading

from . import existing, packages, source
from .console import Failure
from .embedded import Embedded
from .existing import Existing
from .layout import STATE, addons_folder, alive


def free_ports(count, wanted=None):
    """Ports that nobody listens on; `wanted` is the first of them when it is free."""
    sockets = []
    try:
        for number in range(count):
            candidate = socket.socket()
            sockets.append(candidate)
            try:
                candidate.bind(("127.0.0.1", wanted if number == 0 and wanted else 0))
            except OSError:
                candidate.bind(("127.0.0.1", 0))
        return [candidate.getsockname()[1] for candidate in sockets]
    finally:
        for candidate in sockets:
            candidate.close()


def problems(log):
    """The warnings and errors of an Odoo log, with the lines that belong to them."""
    found, level = [], None
    for line in log.splitlines():
        entry = re.match(r"\d{4}-\d\d-\d\d [\d:,]+ \d+ ([A-Z]+) ", line)
        level = entry.group(1) if entry else level
        if level in ("WARNING", "ERROR", "CRITICAL"):
            found.append(line)
    return "\n".join(found)


class Instance:
    """What every command of dev/ works with: Odoo, Python, PostgreSQL, and this checkout's state."""

    def __init__(self):
        self.source = source.odoo()
        self.venv = packages.venv()
        # The server of somebody else where one is named, else the embedded one.
        self.postgres = (Existing if existing.is_named() else Embedded)(self.venv).start()
        self.addons = addons_folder()
        self.data = STATE / "data"
        self.logs = STATE / "log"
        self.logs.mkdir(parents=True, exist_ok=True)

    def configure(self, data_dir=None, port=None, **settings):
        """Write an odoo.conf for this process; return its path and the HTTP port in it."""
        http, gevent = free_ports(2, port)
        addons_path = [*self.source.addons, self.addons]
        values = {
            "addons_path": ",".join(str(path) for path in addons_path),
            "data_dir": data_dir or self.data,
            **self.postgres.settings(),
            "db_maxconn": 32,
            "http_interface": "127.0.0.1",
            "http_port": http,
            "gevent_port": gevent,
            "list_db": False,
            "max_cron_threads": 0,
            "limit_time_real": 0,
            "limit_time_cpu": 0,
            "limit_memory_soft": 0,
            "limit_memory_hard": 0,
            "screenshots": STATE / "screenshots",
            **settings,
        }
        folder = STATE / "conf"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.conf"):
            if not alive(old.stem.partition("-")[0]):
                old.unlink(missing_ok=True)
        # Several at once: a database is made while another is used.
        path = folder / f"{os.getpid()}-{threading.get_ident()}.conf"
        path.write_text("[options]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()))
        return path, http

    def environment(self, conf):
        """The environment of a process that imports Odoo."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONHOME"}
        environment.update(self.postgres.environment())
        environment.pop("PGDATABASE", None)
        environment.update(
            ODOO_RC=str(conf),
            PYTHONPATH=str(self.source.root),
            PYTHONUNBUFFERED="1",
            PYTHONDONTWRITEBYTECODE="" if os.access(self.source.root, os.W_OK) else "1",
            PATH=os.pathsep.join([str(self.venv / "bin"), str(self.postgres.programs), os.environ["PATH"]]),
        )
        return environment

    def odoo(self, *arguments, log, data_dir=None):
        """Run Odoo to its end, its log in the file `log`; return the text of that log."""
        conf, _port = self.configure(data_dir=data_dir)
        command = [self.venv / "bin/odoo", *arguments, "--no-http", "--stop-after-init"]
        path = self.logs / log
        with open(path, "w") as output:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment(conf)
            )
        text = path.read_text()
        if done.returncode:
            raise Failure(f"Odoo failed; its log is {path}\n{(problems(text) or text)[-4000:]}")
        return text
