"""Odoo 19.0 Community: the tree that ODOO_HOME names, or Debian's package unpacked into the cache.

The package exists in Debian's suite sid only, so it is downloaded with an apt configuration of its own and
unpacked with dpkg: nothing is installed on the system. The versions used are recorded in its file VERSIONS.
"""

import os
import shutil
import subprocess
from pathlib import Path

from .console import Failure, run, step
from .layout import CACHE, digest, lock

RECIPE = 1  # raise it when the recipe below changes
MODULES = "usr/lib/python3/dist-packages"
ODOO_PACKAGE = "odoo-19"
# Odoo's package links its fonts and scripts to these; fonts-font-awesome of sid is too new.
COMPANIONS = [
    "fonts-font-awesome/stable",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
# In a manifest, but left out of the package: without the file the backend's assets log an error.
STRIPPED = ["addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"]

KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"]
ELSEWHERE = "Get an Odoo 19.0 source tree and name it: make run ODOO_HOME=/path/to/odoo-19.0"


class Source:
    """An Odoo source tree: `root` holds the package odoo/, `addons` the folders of addons beside it."""

    def __init__(self, root):
        self.root = Path(root)
        # Upstream's layout has most addons beside the package, Debian's has all of them inside.
        self.addons = [self.root / "addons"] if (self.root / "odoo-bin").exists() else []
        version = (self.root / "VERSIONS").read_bytes() if (self.root / "VERSIONS").exists() else b""
        if (self.root / ".git").exists() and shutil.which("git"):
            head = subprocess.run(["git", "-C", self.root, "rev-parse", "HEAD"], capture_output=True)
            version = head.stdout
        self.key = digest(self.root, version, (self.root / "odoo/release.py").read_bytes())


def odoo():
    """The Odoo source to use; fetched when it is missing."""
    if os.environ.get("ODOO_HOME"):
        home = Path(os.environ["ODOO_HOME"]).expanduser().absolute()
        release = home / "odoo/release.py"
        if not release.is_file() or "(19, 0," not in release.read_text():
            raise Failure(f"ODOO_HOME={home} holds no Odoo 19.0: it must be the folder with the package odoo/ in it.")
        return Source(home)
    folder = CACHE / f"odoo-19.0-r{RECIPE}"
    if not folder.exists():
        with lock(folder.name):
            if not folder.exists():
                with step(f"Fetching Odoo 19.0 ({folder})"):
                    _fetch(folder)
    return Source(folder / MODULES)


def _fetch(folder):
    work = folder.with_name(folder.name + ".partial")
    shutil.rmtree(work, ignore_errors=True)
    tree, debs = work / "tree", work / "debs"
    debs.mkdir(parents=True)
    apt = _apt(work / "apt")
    run([*apt, "update"])
    run([*apt, "download", ODOO_PACKAGE, *COMPANIONS], cwd=debs)
    packages = sorted(debs.iterdir())
    for package in packages:
        run(["dpkg", "-x", package, tree])
    # Only the package is wanted from where Debian puts Python modules (a crippled copy of the addons lies
    # beside it); relative links into usr/share keep working because the folders stay where they are.
    modules = tree / MODULES
    for path in modules.iterdir():
        if path.name != "odoo" and path.is_dir():
            shutil.rmtree(path)
    for name in STRIPPED:
        path = modules / "odoo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (modules / "VERSIONS").write_text("".join(f"{package.stem}\n" for package in packages))
    tree.rename(folder)
    shutil.rmtree(work)


def _apt(work):
    """apt-get with a configuration of its own, which sees the suites sid and stable of Debian's archive."""
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (work / name).mkdir(parents=True)
    keyring = next((path for path in KEYRINGS if Path(path).exists()), None)
    signed = f"[signed-by={keyring}] " if keyring else ""
    archive = _archive()
    sources = work / "sources.list"
    sources.write_text("".join(f"deb {signed}{archive} {suite} main\n" for suite in ("sid", "stable")))
    options = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": work / "parts",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
    }
    return ["apt-get", "-q", *(f"-o{key}={value}" for key, value in options.items())]


def _archive():
    """The address of Debian's archive, as this machine has it."""
    if not shutil.which("apt-get"):
        raise Failure(f"Without Debian's apt-get there is no Odoo to download. {ELSEWHERE}")
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL)", "Created-By: Packages"]
    for attempt in range(2):
        for line in run(command).splitlines():
            address, _space, label = line.partition(" ")
            if label == "Debian":
                return address
        if attempt == 0 and os.geteuid() == 0:
            run(["apt-get", "-q", "update"])
    raise Failure(f"apt knows no Debian archive (never updated? then type: sudo apt-get update). {ELSEWHERE}")
