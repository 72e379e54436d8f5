"""A PostgreSQL server that runs already.

It is used where PGHOST, PGHOSTADDR, PGPORT or PGSERVICE names one; the other standard variables of libpq (PGUSER,
PGPASSWORD, PGPASSFILE, PGSSLMODE …) and ~/.pgpass then say how to log in.
"""

import os
import socket

from .console import Failure
from .layout import CACHE, CHECKOUT, digest
from .postgres import SUPERUSER, Postgres, identifier

NAMED_BY = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
OLDEST = 13  # of Odoo 19, and of DROP DATABASE … WITH (FORCE)


def is_named():
    """Whether a variable of libpq names a server."""
    return any(os.environ.get(name) for name in NAMED_BY)


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
