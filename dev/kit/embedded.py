"""The embedded PostgreSQL: one server per user on a Unix socket, with throw-away data.

Its programs come with a Python package. PostgreSQL does not run as root: root's server runs as a system user
of its own. Every checkout works as a role of its own, so that it sees and owns its own databases only.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .console import Failure, run, step
from .layout import CACHE, CHECKOUT_KEY, STATE, lock
from .postgres import SUPERUSER, Postgres, identifier, quote

ROLE = f"sol_{CHECKOUT_KEY}"  # Odoo refuses to work as `postgres`
ROLES = "sol"  # owner of the templates; every checkout's role is a member
SERVER_USER = "sol-postgres"  # the system user, where root starts the server

# Nothing here needs to survive a crash: no waiting for the disk.
SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 300
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 30min
max_parallel_workers_per_gather = 0
jit = off
"""


class Embedded(Postgres):
    """The server of this cache."""

    role = ROLE
    key = CHECKOUT_KEY
    copying = "STRATEGY file_copy"

    def __init__(self, venv):
        super().__init__(venv)
        version = run([self.programs / "postgres", "--version"]).split()[2].split(".")[0]
        self.folder = CACHE / f"postgresql-{version}"
        self.data = self.folder / "data"
        self.socket = self.folder / "run"
        self.log = self.folder / "log"
        if len(os.fsencode(self.socket / ".s.PGSQL.5432")) > 107:
            raise Failure(f"{CACHE} is too long a path for PostgreSQL's socket: choose a shorter SOL_CACHE.")

    # -- server ---------------------------------------------------------------------------------------------

    def start(self):
        """Start the server unless it runs; a stale one is cleared away. Returns itself."""
        if not self._ready():
            with lock(self.folder.name):
                if not self._ready():
                    self._start()
        if not self.query("SELECT 1 FROM pg_roles WHERE rolname = %s" % quote(ROLE)):
            with lock(self.folder.name):
                self.query(
                    f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN CREATEDB IN ROLE {ROLES};"
                    " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
                )
        return self

    def stop(self):
        with lock(self.folder.name):
            if self._ready():
                self._as_server("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def _ready(self):
        if not (self.socket / ".s.PGSQL.5432").exists():
            return False
        command = [self.programs / "pg_isready", "-q", "-h", self.socket, "-U", SUPERUSER, "-d", "postgres"]
        return subprocess.run(command).returncode == 0

    def _start(self):
        with step("Starting PostgreSQL"):
            self._make_folders()
            # A first start that was interrupted leaves a half-made folder behind.
            complete = self.folder / "complete"
            if not complete.exists():
                shutil.rmtree(self.data, ignore_errors=True)
                locale = ("-E", "UTF8", "--locale=C.UTF-8")
                self._as_server("initdb", "-D", self.data, "-U", SUPERUSER, "-A", "trust", "-N", *locale)
                with open(self.data / "postgresql.conf", "a") as conf:
                    conf.write(f"{SETTINGS}unix_socket_directories = '{self.socket}'\n")
            self._clear_stale()
            self._launch()
            if not complete.exists():
                self.query(f"CREATE ROLE {ROLES} CREATEDB")
                complete.touch()

    def _launch(self):
        """Start the server's process; processes of a killed one may hold its memory for some seconds more."""
        for attempts_left in range(20, -1, -1):
            self.log.write_text("")
            try:
                self._as_server("pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "60", "start")
                return
            except subprocess.CalledProcessError as error:
                log = self.log.read_text()
                if "still in use" not in log or not attempts_left:
                    raise Failure(
                        f"PostgreSQL does not start. If its data are damaged, remove {self.folder} and run again"
                        f" (its databases are made anew). It says:\n{error.stdout}{log[-2000:]}"
                    ) from error
                time.sleep(0.5)

    def _make_folders(self):
        self.socket.mkdir(parents=True, exist_ok=True)
        self.log.touch()
        if os.geteuid() == 0:
            for parent in self.folder.parents:
                if not parent.stat().st_mode & 0o001:
                    raise Failure(
                        f"As root, PostgreSQL runs as a user of its own, who cannot look into {parent}:"
                        " choose another folder with SOL_CACHE, for example under /var/cache."
                    )
            user = self._server_user()
            for path in (self.folder, self.socket, self.log):
                os.chown(path, user.pw_uid, user.pw_gid)
        self.folder.chmod(0o700)

    def _server_user(self):
        try:
            return pwd.getpwnam(SERVER_USER)
        except KeyError:
            run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER])
            return pwd.getpwnam(SERVER_USER)

    def _clear_stale(self):
        """Remove the pid and socket files of a server that was killed, and end one that hangs."""
        pidfile = self.data / "postmaster.pid"
        if pidfile.exists():
            pid = int((pidfile.read_text().split() or ["0"])[0])
            for stop in (signal.SIGQUIT, signal.SIGKILL):
                for attempt in range(50):
                    if not self._is_ours(pid):
                        break
                    if attempt == 0:
                        os.kill(pid, stop)
                    time.sleep(0.1)
            pidfile.unlink()
        for path in self.socket.iterdir():
            path.unlink()

    def _is_ours(self, pid):
        """Whether the process is the server of our data folder: pids are used again, the dead may be unburied."""
        try:
            return str(self.data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False

    def _as_server(self, program, *arguments):
        options = {"cwd": "/"}
        if os.geteuid() == 0:
            user = self._server_user()
            options.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        command = [str(self.programs / program), *map(str, arguments)]
        return subprocess.run(
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    # -- client ---------------------------------------------------------------------------------------------

    def environment(self):
        return {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": ROLE}

    def settings(self):
        return {"db_host": self.socket, "db_port": 5432, "db_user": ROLE}

    def query(self, statement, database="postgres", user=SUPERUSER):
        return super().query(statement, database, {"PGUSER": user})

    # -- databases ------------------------------------------------------------------------------------------

    def share(self, template):
        """Any checkout may clone it, and then alter its tables: they belong to the role that all are members of.

        The statement takes the checkout's other databases along, so they are given back.
        """
        rows = self.query(f"SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = {quote(ROLE)}")
        self.query(f"REASSIGN OWNED BY {ROLE} TO {ROLES}", database=template)
        for row in rows:
            self.query(f"ALTER DATABASE {identifier(row[0])} OWNER TO {ROLE}")
        self.query(f"ALTER DATABASE {template} OWNER TO {ROLES}")

    def forget(self):
        self.query(f"DROP ROLE IF EXISTS {ROLE}")
        shutil.rmtree(STATE)
