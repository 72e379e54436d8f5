"""Databases: templates that hold all dependencies, quick clones of them, and their removal.

A template is keyed on what it is made from (Odoo, the lock, the manifest's `depends`, demo data or not). It is built
under a lock and becomes a template by its last step, so half a template is never used.
"""

import os
import shutil
import time

from .console import Failure, step
from .instance import problems
from .layout import ADDON, CACHE, CHECKOUT_KEY, LANGUAGES, LOCK_FILE, alive, digest, lock, manifest
from .postgres import ROLE, ROLES, identifier, quote

KEEP_DAYS = 14  # a template that nobody used for so long goes when a new one is built


def names(instance, owner=ROLE):
    """The databases of this checkout."""
    rows = instance.postgres.query(
        "SELECT datname FROM pg_database JOIN pg_roles r ON r.oid = datdba"
        f" WHERE rolname = {quote(owner)} AND NOT datistemplate ORDER BY 1"
    )
    return [row[0] for row in rows]


def owner(instance, name):
    """The role that owns a database; None when there is no such database."""
    rows = instance.postgres.query(
        f"SELECT rolname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE datname = {quote(name)}"
    )
    return rows[0][0] if rows else None


def temporary(purpose):
    """The name of a database that lives as long as this process."""
    return f"{purpose}_{CHECKOUT_KEY}_{os.getpid()}"


def remove_leftovers(instance, purpose):
    """Drop the temporary databases of processes that were killed."""
    prefix = f"{purpose}_{CHECKOUT_KEY}_"
    for name in names(instance):
        if name.startswith(prefix) and name[len(prefix) :].isdigit() and not alive(name[len(prefix) :]):
            drop(instance, name)


def drop(instance, name):
    """Drop a database of this checkout with its files, whoever is connected."""
    if owner(instance, name) not in (None, ROLE):
        raise Failure(f"The database {name} belongs to another checkout.")
    instance.postgres.query(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
    shutil.rmtree(instance.data / "filestore" / name, ignore_errors=True)


def clone(instance, name, demo=False):
    """Make the database `name` from the template of all dependencies."""
    source = template(instance, demo)
    if owner(instance, name):
        raise Failure(f"The database {name} exists already: choose another name, or type: dev/db drop {name}")
    instance.postgres.query(
        f"CREATE DATABASE {identifier(name)} OWNER {ROLE} TEMPLATE {source} STRATEGY file_copy"
    )
    files = instance.data / "filestore" / name
    shutil.rmtree(files, ignore_errors=True)
    shutil.copytree(CACHE / "templates" / source / "filestore" / source, files)


def template(instance, demo=False):
    """The name of the template; built when it is missing."""
    depends = sorted(manifest()["depends"])
    key = digest(instance.source.key, LOCK_FILE.read_bytes(), *depends, LANGUAGES)
    name = f"template_{'demo_' if demo else ''}{key}"
    if not _built(instance, name):
        with lock(name):
            if not _built(instance, name):
                _remove_old_templates(instance)
                with step(f"Building the {'demo ' if demo else ''}template database: {len(depends)} dependencies"):
                    _build(instance, name, depends, demo)
    (CACHE / "templates" / name / "used").touch()
    return name


def _built(instance, name):
    return bool(
        instance.postgres.query(f"SELECT 1 FROM pg_database WHERE datname = {quote(name)} AND datistemplate")
    )


def _build(instance, name, depends, demo):
    folder = CACHE / "templates" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    query = instance.postgres.query
    query(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    arguments = ["-d", name, "-i", ",".join(depends), "--load-language", LANGUAGES]
    instance.odoo(*arguments, *(["--with-demo"] if demo else []), log=f"{name}.log", data_dir=folder)
    (folder / "filestore" / name).mkdir(parents=True, exist_ok=True)
    # Any checkout may clone it, and then alter its tables: they belong to the role that all are members of.
    # The statement takes the checkout's other databases along, so they are given back.
    own = [row[0] for row in query(f"SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = {quote(ROLE)}")]
    query(f"REASSIGN OWNED BY {ROLE} TO {ROLES}", database=name, user="postgres")
    for other in own:
        query(f"ALTER DATABASE {identifier(other)} OWNER TO {ROLE}")
    query("VACUUM ANALYZE", database=name)
    query(f"ALTER DATABASE {name} OWNER TO {ROLES}")
    query(f"ALTER DATABASE {name} IS_TEMPLATE true")


def _remove_old_templates(instance):
    limit = time.time() - KEEP_DAYS * 86400
    for used in (CACHE / "templates").glob("*/used"):
        name = used.parent.name
        if used.stat().st_mtime < limit and _built(instance, name):
            instance.postgres.query(f"ALTER DATABASE {name} IS_TEMPLATE false")
            instance.postgres.query(f"DROP DATABASE {name} WITH (FORCE)")
            shutil.rmtree(used.parent)


def install(instance, name, demo=False):
    """Install the addon in a clone; return the warnings and errors in Odoo's log."""
    with step(f"Installing the addon in {name}"):
        arguments = ["-d", name, "-i", ADDON] + (["--with-demo"] if demo else [])
        return problems(instance.odoo(*arguments, log="install.log"))


def update(instance, name):
    """Update the addon in a database; return the warnings and errors in Odoo's log."""
    with step(f"Updating the addon in {name}"):
        return problems(instance.odoo("-d", name, "-u", ADDON, log="update.log"))
