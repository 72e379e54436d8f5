"""A pytest plugin: test files run in the order of the time that they took the last time, the longest first.

Workers that take files from one queue then end at about the same time. A file that was not run yet counts by the number
of its tests. The times are kept in the file that TEST_DURATIONS names.
"""

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

SECONDS_A_TEST = 1.0  # of a file that is new
SECONDS_A_DAY = 24 * 3600  # a class that sets the clock back or forth is no longer than that
spent = Counter()


def _record():
    return Path(os.environ["TEST_DURATIONS"])


def _read():
    try:
        return json.loads(_record().read_text())
    except (OSError, ValueError):
        return {}


def _get_file(nodeid):
    return nodeid.partition("::")[0]


def pytest_collection_modifyitems(items):
    known, files = _read(), defaultdict(list)
    for item in items:
        files[_get_file(item.nodeid)].append(item)
    order = sorted(files, key=lambda file: (-known.get(file, SECONDS_A_TEST * len(files[file])), file))
    items[:] = [item for file in order for item in files[file]]


def pytest_runtest_logreport(report):
    # What a subtest takes, its test reports too.
    if not hasattr(report, "context") and 0 <= report.duration < SECONDS_A_DAY:
        spent[_get_file(report.nodeid)] += report.duration


def pytest_sessionfinish(session):
    # Workers report to the process that hands out the files.
    if spent and not hasattr(session.config, "workerinput") and not session.config.option.keyword:
        times = {**_read(), **{file: round(seconds, 1) for file, seconds in spent.items()}}
        _record().write_text(json.dumps(times, indent=1, sort_keys=True))
