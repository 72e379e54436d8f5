"""Where things lie, what their cache keys are, and the file locks that guard them.

The cache is one folder per user (SOL_CACHE chooses another). It holds what every checkout
can share: Odoo, the virtual environments, the database server, template databases; each is keyed on
what it is made from, so that checkouts with different locks live side by side. What belongs to one
checkout lies in `checkouts/<key>`, its key being a hash of the checkout's path.
"""

import ast
import fcntl
import hashlib
import os
from contextlib import contextmanager
from pathlib import Path

ADDON = "sale_order_lifecycle"
# The first one is the language of new people.
LANGUAGES = "en_US,zh_CN"

CHECKOUT = Path(__file__).resolve().parents[2]
DEV = CHECKOUT / "dev"
LOCK_FILE = DEV / "requirements.txt"


def _cache():
    if os.environ.get("SOL_CACHE"):
        return Path(os.environ["SOL_CACHE"]).expanduser().absolute()
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and its own user cannot look into root's home.
        return Path("/var/cache") / ADDON
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / ADDON


CACHE = _cache()


def digest(*parts):
    """A short hash of strings and bytes, to name what was made from them."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.hexdigest()[:10]


CHECKOUT_KEY = digest(CHECKOUT)[:6]
STATE = CACHE / "checkouts" / CHECKOUT_KEY


def manifest():
    return ast.literal_eval((CHECKOUT / "__manifest__.py").read_text())


def fingerprint():
    """A hash of the addon's version and of those of its files that a database is made from."""
    suffixes = {".py", ".xml", ".csv", ".po"}
    outside = {"dev", "tests", "static", "build", "__pycache__"}
    parts = [manifest()["version"]]
    for path in sorted(CHECKOUT.rglob("*")):
        inside = path.relative_to(CHECKOUT)
        if path.suffix in suffixes and not (outside & set(inside.parts) or inside.parts[0].startswith(".")):
            parts += [inside, path.read_bytes()]
    return digest(*parts)


@contextmanager
def lock(name):
    """Hold the file lock `name` of the cache."""
    folder = CACHE / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def alive(pid):
    """Whether a process with this id is running."""
    return Path(f"/proc/{pid}").exists()


def addons_folder():
    """A folder that holds the addon under its module name: a link to the checkout."""
    folder = STATE / "addons"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / ADDON
    if not link.is_symlink():
        link.symlink_to(CHECKOUT)
    return folder
