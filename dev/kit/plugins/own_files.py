"""A pytest plugin: each worker has files of its own.

Its database is a copy; with the files of the original, shared by all, a test that takes a file away would take it from
another worker's database, too.
"""

import shutil
from contextlib import contextmanager

import pytest_odoo


@contextmanager
def _copied_filestore(original, name):
    if original == name:
        yield
        return
    from odoo.tools import config

    target = config.filestore(name)
    shutil.copytree(config.filestore(original), target, dirs_exist_ok=True)
    try:
        yield
    finally:
        shutil.rmtree(target, ignore_errors=True)


pytest_odoo._shared_filestore = _copied_filestore
