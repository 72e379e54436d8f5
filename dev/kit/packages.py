"""The virtual environment with the locked Python packages, keyed on the lock and on Python's version."""

import os
import shutil
import subprocess
import sys

from . import system
from .console import Failure, run, step
from .layout import CACHE, LOCK_FILE, digest, lock

OLDEST, NEWEST = (3, 10), (3, 13)

# `odoo` as a command of the environment; the source itself is on PYTHONPATH.
LAUNCHER = """#!{python}
from odoo.cli.command import main

main()
"""


# Where distributions keep their Python. It is built with profile-guided optimization, what is built from source
# usually is not: the suite takes a quarter less time with it.
SYSTEM_PYTHON = "/usr/bin/python3"


def _can_make_venv(python):
    return subprocess.run([python, "-c", "import ensurepip"], capture_output=True).returncode == 0


def _get_version(python):
    """:return: a version like 3.11, empty where there is no such program"""
    try:
        return subprocess.run(
            [python, "-c", "import sys; print('%s.%s' % sys.version_info[:2])"], capture_output=True, text=True,
        ).stdout.strip()
    except OSError:
        return ""


def _interpreter():
    """The Python to build with: that of the system, this one, or else the newest on the PATH that the lock covers."""
    versions = [f"{OLDEST[0]}.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    if (version := _get_version(SYSTEM_PYTHON)) in versions and system.provide_venv(SYSTEM_PYTHON):
        return SYSTEM_PYTHON, version
    this = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if this in versions:
        return sys.executable, this
    for version in versions:
        path = shutil.which(f"python{version}")
        if path and _can_make_venv(path):
            return path, version
    raise Failure(f"Python {this} is not supported: install one of {', '.join(versions)}, with its venv package.")


def venv():
    """The folder of the virtual environment; made when it is missing."""
    python, version = _interpreter()
    folder = CACHE / f"venv-{version}-{digest(os.path.realpath(python), LOCK_FILE.read_bytes())}"
    if (folder / "bin/odoo").exists():
        return folder
    with lock(folder.name):
        if not (folder / "bin/odoo").exists():
            with step(f"Installing the Python packages ({folder})"):
                shutil.rmtree(folder, ignore_errors=True)
                if not _can_make_venv(python):
                    raise Failure("Python's venv is missing; type: sudo apt-get install python3-venv")
                run([python, "-m", "venv", folder])
                run(
                    [
                        folder / "bin/pip",
                        "install",
                        "--quiet",
                        "--disable-pip-version-check",
                        "--require-hashes",
                        "--no-deps",
                        "--requirement",
                        LOCK_FILE,
                    ]
                )
                launcher = folder / "bin/odoo.new"
                launcher.write_text(LAUNCHER.format(python=folder / "bin/python"))
                launcher.chmod(0o755)
                os.replace(launcher, folder / "bin/odoo")
    return folder
