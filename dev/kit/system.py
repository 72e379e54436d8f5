"""The system packages: a PDF renderer with the library that draws barcodes, a Chinese font and a browser.

They are installed here as root or with password-less sudo; otherwise the one command to type is named.
"""

import os
import shutil
import subprocess
from ctypes.util import find_library

from .console import Failure, run, say, step
from .layout import lock

BROWSERS = ["google-chrome", "chromium", "chromium-browser", "google-chrome-stable"]  # as Odoo looks for them


def _has_chinese_font():
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True).stdout.strip())


# package: whether what it brings is there
CHECKS = {
    "wkhtmltopdf": lambda: bool(shutil.which("wkhtmltopdf")),
    "libcairo2": lambda: bool(find_library("cairo")),
    "fonts-noto-cjk": _has_chinese_font,
    "chromium": lambda: any(map(shutil.which, BROWSERS)),
    "curl": lambda: bool(shutil.which("curl")),  # an example of docs/ uses it
}


def missing():
    return [package for package, is_there in CHECKS.items() if not is_there()]


def provide(required):
    """Install what is missing. What is missing then is a failure when `required`, else a remark."""
    if not missing():
        return
    with lock("system-packages"):
        packages = missing()
        if packages and _privilege() is not None:
            with step(f"Installing system packages: {' '.join(packages)}"):
                _install(packages)
    packages = missing()
    if packages:
        advice = f"Missing: {', '.join(packages)}. Type: {_command(packages)}"
        if "wkhtmltopdf" in packages:
            advice += " (where there is no package wkhtmltopdf, put the program on the PATH: it renders the PDFs)"
        if required:
            raise Failure(advice)
        say(advice)


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


def _install(packages):
    apt = [*_privilege(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-oDPkg::Lock::Timeout=300"]
    commands = [[*apt, "update"]]
    # one by one: a package that this release lacks must not keep out the others
    commands += [[*apt, "install", "--no-install-recommends", package] for package in packages]
    for command in commands:
        try:
            run(command)
        except Failure as failure:
            say(failure)
