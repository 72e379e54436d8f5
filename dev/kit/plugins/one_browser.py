"""A pytest plugin: the tours of a worker share one browser, which knows the scripts and styles of the tours before.

Odoo starts a browser for each tour, and each loads, parses and compiles the whole web client. Here a tour ends with its
tab: cookies and whatever pages have stored are forgotten, the HTTP cache is not. A tour that fails takes the browser
with it. And while a page loads it is asked now and then whether it is ready, not without a break: server and page are
busy enough.
"""

import shutil
import time
from concurrent.futures import wait
from functools import wraps

import pytest

# What a page keeps beside the cache, in the words of the browser's protocol.
STORED = "cookies,local_storage,indexeddb,websql,service_workers,cache_storage,shared_storage,file_systems"

PAUSE = 0.03  # seconds between two questions whether the page is ready

kept = {}  # the kind of browser: its process, port and folder


def _is_fit(browser):
    """Whether the tour of this browser has ended well."""
    result = getattr(browser, "_result", None)
    return (
        result and hasattr(browser, "ws") and not browser.had_failure and browser.chrome.poll() is None
        and result.done() and not result.cancelled() and not result.exception()
    )


def _leave_tab(browser):
    """Close the tab of a tour, and open an empty one for the next."""
    browser.screencaster.stop()
    browser._websocket_request("Page.stopLoading")
    wait(browser._responses.values(), 10)
    browser._websocket_request("Storage.clearDataForOrigin", params={
        "origin": browser.test_case.base_url(), "storageTypes": STORED})
    browser._websocket_request("Network.clearBrowserCookies")
    browser._websocket_request("Target.createTarget", params={"url": "about:blank"})
    browser._websocket_request("Page.close")
    browser.ws.close()


@pytest.hookimpl
def pytest_sessionstart():
    import signal

    from odoo.tests.common import ChromeBrowser

    start, stop, wait_ready = ChromeBrowser._chrome_start, ChromeBrowser.stop, ChromeBrowser._wait_ready

    @wraps(start)
    def start_once(self, user_data_dir, touch_enabled, headless=True, debug=False):
        self.kind = touch_enabled, headless, debug
        process, port, folder = kept.get(self.kind, (None, None, None))
        if process and process.poll() is None:
            shutil.rmtree(user_data_dir, ignore_errors=True)
            self.user_data_dir = folder
            return process, port
        process, port = start(self, user_data_dir, touch_enabled, headless=headless, debug=debug)
        kept[self.kind] = process, port, user_data_dir
        return process, port

    @wraps(stop)
    def stop_tab(self):
        if not _is_fit(self):
            kept.pop(self.kind, None)
            return stop(self)
        _leave_tab(self)
        if self.sigxcpu_handler:
            signal.signal(signal.SIGXCPU, self.sigxcpu_handler)
        return None

    @wraps(wait_ready)
    def wait_patiently(self, *args, **kwargs):
        request = self._websocket_request

        def ask(*args, **kwargs):
            time.sleep(PAUSE)
            return request(*args, **kwargs)

        self._websocket_request = ask
        try:
            return wait_ready(self, *args, **kwargs)
        finally:
            del self._websocket_request

    ChromeBrowser._chrome_start, ChromeBrowser.stop = start_once, stop_tab
    ChromeBrowser._wait_ready = wait_patiently


@pytest.hookimpl
def pytest_sessionfinish():
    for process, _port, folder in kept.values():
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    kept.clear()
