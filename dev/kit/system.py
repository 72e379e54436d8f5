"""The system packages: a PDF renderer with the library that draws barcodes, a Chinese font and a browser.

They are installed here as root or with password-less sudo; otherwise the one command to type is named.
"""

import os
import shutil
import subprocess
from ctypes.util import find_library

from .console import Failure, run, say, step
from .layout import CACHE, STATE, lock

BROWSERS = ["google-chrome", "chromium", "chromium-browser", "google-chrome-stable"]  # as Odoo looks for them
# The browser without its windows: a tour takes a quarter less time. Debian has it, others need not.
HEADLESS = "chromium-headless-shell"
VENV = "python3-venv"


def _has_chinese_font():
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True).stdout.strip())


# package: whether what it brings is there
CHECKS = {
    "wkhtmltopdf": lambda: bool(shutil.which("wkhtmltopdf")),
    "libcairo2": lambda: bool(find_library("cairo")),
    "fonts-noto-cjk": _has_chinese_font,
    HEADLESS: lambda: bool(shutil.which(HEADLESS)),
    "chromium": lambda: any(map(shutil.which, [HEADLESS, *BROWSERS])),
    "curl": lambda: bool(shutil.which("curl")),  # an example of docs/ uses it
}


# What makes the commands faster, no more; a system that lacks it is asked once.
OPTIONAL = {HEADLESS, VENV}


def missing():
    return [package for package, is_there in CHECKS.items() if package not in OPTIONAL and not is_there()]


def browser_folder():
    """A folder for the PATH, in which Odoo finds the browser without windows first; None where there is none."""
    program = shutil.which(HEADLESS)
    if not program:
        return None
    folder = STATE / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / BROWSERS[0]
    if not link.is_symlink() or os.readlink(link) != program:
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    return folder


def provide(required):
    """Install what is missing. What is missing then is a failure when `required`, else a remark."""
    if _privilege() is not None:
        _provide([HEADLESS, *missing()], lambda package: CHECKS[package]())
    packages = missing()
    if packages:
        advice = f"Missing: {', '.join(packages)}. Type: {_command(packages)}"
        if "wkhtmltopdf" in packages:
            advice += " (where there is no package wkhtmltopdf, put the program on the PATH: it renders the PDFs)"
        if required:
            raise Failure(advice)
        say(advice)


def _provide(packages, is_there):
    """Install packages that are not there; those that merely help only once, as not every system has them."""
    def is_to_do(package):
        return not is_there(package) and not (package in OPTIONAL and _get_try(package).exists())

    if not any(map(is_to_do, packages)):
        return
    with lock("system-packages"):
        if packages := list(filter(is_to_do, packages)):
            with step(f"Installing system packages: {' '.join(packages)}"):
                _install(packages, is_there)
            for package in OPTIONAL.intersection(packages):
                _get_try(package).touch()


def _get_try(package):
    return CACHE / f"tried-{package}"


def provide_venv(python):
    """Let this Python of the system make virtual environments, where that needs a package of its own.

    :return: whether it can
    """
    def can(_package=VENV):
        return subprocess.run([python, "-c", "import ensurepip"], capture_output=True).returncode == 0

    if not can() and _privilege() is not None:
        _provide([VENV], can)
    return can()


def _command(packages):
    return f"sudo apt-get install --no-install-recommends {' '.join(packages)}"


def _privilege():
    """What to put before a command to run it as root; None when that needs a password."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def _install(packages, is_there):
    apt = [*_privilege(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-oDPkg::Lock::Timeout=300"]
    try:
        run([*apt, "update"])
    except Failure as failure:
        say(failure)
    for package in packages:
        try:
            # One by one: a package that this release lacks must not keep out the others, and one may be needless then.
            if not is_there(package):
                run([*apt, "install", "--no-install-recommends", package])
        except Failure as failure:
            say(failure)
