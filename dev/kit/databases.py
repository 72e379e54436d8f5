"""Databases: templates that hold all dependencies, quick clones of them, and their removal.

A template is keyed on what it is made from (Odoo, the lock, the manifest's `depends`, its variant). It is built
under a lock and becomes a template by its last step, so half a template is never used.

Variants: `demo` has Odoo's demo data, `optional` also the modules that the addon works with and does not need.
"""

import json
import os
import re
import shutil
import time

from .console import Failure, run, step
from .instance import problems
from .layout import ADDON, CACHE, CHECKOUT, DEV, LANGUAGES, LOCK_FILE, STATE, alive, digest, fingerprint, lock, manifest
from .postgres import identifier, quote

# The addon never imports these, and behaves with them all the same. Each brings what Odoo installs along with it.
OPTIONAL = ["delivery", "mrp_subcontracting", "payment_demo", "sale_loyalty", "website_sale"]
PREPARE_TESTS = DEV / "kit/prepare_tests.py"
COMMON = CHECKOUT / "tests/common.py"
KEEP_DAYS = 14  # a template that nobody used for so long goes when a new one is built


def exists(instance, name):
    return bool(instance.postgres.query(f"SELECT 1 FROM pg_database WHERE datname = {quote(name)}"))


def temporary(instance, purpose):
    """The name of a database that lives as long as this process."""
    return f"{purpose}_{instance.postgres.key}_{os.getpid()}"


def remove_leftovers(instance, purpose):
    """Drop the temporary databases of processes that were killed, and what test workers have copied from them."""
    pattern = re.compile(rf"{re.escape(f'{purpose}_{instance.postgres.key}')}_(\d+)(-gw\d+)?")
    for name in instance.postgres.names():
        if (found := pattern.fullmatch(name)) and not alive(found[1]):
            drop(instance, name)


def drop(instance, name):
    """Drop a database of this checkout with its files, whoever is connected."""
    if exists(instance, name) and name not in instance.postgres.names():
        raise Failure(f"The database {name} belongs to another checkout.")
    instance.postgres.query(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
    shutil.rmtree(instance.data / "filestore" / name, ignore_errors=True)


def drop_copies(instance, name):
    """Drop what the test workers of a run that was ended have copied from its database."""
    for copy in instance.postgres.names():
        if copy.startswith(f"{name}-gw"):
            drop(instance, copy)


def clone(instance, name, variant=None):
    """Make the database `name` from the template of all dependencies."""
    source = template(instance, variant)
    if exists(instance, name):
        raise Failure(f"The database {name} exists already: choose another name, or type: dev/db drop {name}")
    _copy(instance, source, _files(source), name)


def _copy(instance, source, files, name, target=None):
    """Copy the database `source`, whose files lie in the folder `files`."""
    postgres = instance.postgres
    postgres.query(
        f"CREATE DATABASE {identifier(name)} OWNER {identifier(postgres.role)}"
        f" TEMPLATE {identifier(source)} {postgres.copying}"
    )
    target = target or instance.data / "filestore" / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(files, target)


def template(instance, variant=None):
    """The name of the template; built when it is missing."""
    parts = [*sorted(manifest()["depends"]), *(OPTIONAL if variant == "optional" else [])]
    key = digest(instance.source.key, LOCK_FILE.read_bytes(), *parts, LANGUAGES, *instance.postgres.place)
    name = _join("template", variant, key)
    if not _built(instance, name):
        # What a template is made from may be another one, which has a lock of its own.
        source = template(instance) if variant == "optional" else None
        with lock(name):
            if not _built(instance, name):
                _remove_old_templates(instance)
                with step(f"Building the template database {name}: {', '.join(OPTIONAL if source else parts)}"):
                    _build(instance, name, source, variant)
    (_folder(name) / "used").touch()
    return name


def _folder(template):
    """Where the files of a template lie: in the cache, its database may be on a server that outlives that."""
    return CACHE / "templates" / template


def _files(template):
    return _folder(template) / "filestore" / template


def _is_template(instance, name):
    return bool(
        instance.postgres.query(f"SELECT 1 FROM pg_database WHERE datname = {quote(name)} AND datistemplate")
    )


def _built(instance, name):
    return _files(name).is_dir() and _is_template(instance, name)


def _build(instance, name, source, variant):
    """Make a template: from nothing, or from the template `source` that has the dependencies already."""
    _remove_template(instance, name)
    folder = _folder(name)
    folder.mkdir(parents=True)
    if source:
        _copy(instance, source, _files(source), name, _files(name))
        arguments = ["-i", ",".join(OPTIONAL)]
    else:
        arguments = ["-i", ",".join(sorted(manifest()["depends"])), "--load-language", LANGUAGES]
    if variant == "demo":
        arguments.append("--with-demo")
    instance.odoo("-d", name, *arguments, log=f"{name}.log", data_dir=folder)
    _files(name).mkdir(parents=True, exist_ok=True)
    instance.postgres.query("VACUUM ANALYZE", database=name)
    instance.postgres.share(name)
    instance.postgres.query(f"ALTER DATABASE {name} IS_TEMPLATE true")


def _remove_template(instance, name):
    if _is_template(instance, name):
        instance.postgres.query(f"ALTER DATABASE {name} IS_TEMPLATE false")
    instance.postgres.query(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    shutil.rmtree(_folder(name), ignore_errors=True)


def _remove_old_templates(instance):
    limit = time.time() - KEEP_DAYS * 86400
    for used in (CACHE / "templates").glob("*/used"):
        name = used.parent.name
        if used.stat().st_mtime < limit and _is_template(instance, name):
            _remove_template(instance, name)


def install(instance, name, variant=None):
    """Install the addon in a clone; return the warnings and errors in Odoo's log."""
    with step(f"Installing the addon in {name}"):
        arguments = ["-d", name, "-i", ADDON] + (["--with-demo"] if variant == "demo" else [])
        return problems(instance.odoo(*arguments, log="install.log"))


def clone_installed(instance, name, variant=None):
    """Make the database `name`, with the addon installed; return the warnings and errors of the installation.

    The installation is kept in a database of its own until a file of the addon changes: tests do not change it.
    """

    def make(source):
        clone(instance, source, variant)
        return install(instance, source, variant)

    made_from = [template(instance, variant), fingerprint()]
    return _clone_kept(instance, name, _join("installed", variant, instance.postgres.key), made_from, make)


def clone_for_tests(instance, name, variant=None):
    """As `clone_installed`, with what most classes of the suite have in common (see prepare_tests.py)."""

    def make(source):
        problems = clone_installed(instance, source, variant)
        with step(f"Preparing {source} for tests"):
            conf, _port = instance.configure()
            command = [instance.venv / "bin/python", PREPARE_TESTS, source]
            run(command, env=instance.environment(conf))
        return problems

    made_from = [template(instance, variant), fingerprint(), digest(COMMON.read_bytes(), PREPARE_TESTS.read_bytes())]
    return _clone_kept(instance, name, _join("tests", variant, instance.postgres.key), made_from, make)


def _join(*parts):
    return "_".join(filter(None, parts))


def _clone_kept(instance, name, source, made_from, make):
    """Make the database `name` from the kept database `source`, which `make` makes anew when what it is made from
    changes; return what that returned, the warnings and errors of its installation."""
    record = STATE / f"{source}.json"
    with lock(source):
        kept = json.loads(record.read_text()) if record.exists() else {}
        if kept.get("made_from") != made_from or not exists(instance, source):
            record.unlink(missing_ok=True)
            drop(instance, source)
            kept = {"made_from": made_from, "problems": make(source)}
            record.write_text(json.dumps(kept))
        _copy(instance, source, instance.data / "filestore" / source, name)
    return kept["problems"]


def update(instance, name):
    """Update the addon in a database; return the warnings and errors in Odoo's log."""
    with step(f"Updating the addon in {name}"):
        return problems(instance.odoo("-d", name, "-u", ADDON, log="update.log"))
