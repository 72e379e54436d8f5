"""A pytest plugin: a test that is skipped fails.

Odoo skips its browser tests when the browser is missing or does not answer; a run that
tested less than it should must not look like a success.
"""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was not run. {reason}"
    return report
