"""A fresh, watched page per test."""

import pytest

from tests.chromium import PATIENCE_MS

#: A loaded machine looks like a slow line, on which lossless pictures wait for a zoom.
QUICK_LINE = """Object.defineProperty(navigator, "connection", {
  configurable: true, value: { effectiveType: "4g", downlink: 10, saveData: false },
});"""


def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker("browser")


@pytest.fixture
def open_context(browser, live_site):
    """Return open_context(**options): a fresh browser profile on the live site.

    After the test, a script error or a blocked inline script or style in any page of it fails
    the test.
    """
    complaints, contexts = [], []

    def note(message):
        if message.type == "error" and "Content Security Policy" in message.text:
            complaints.append(message.text)

    def watch(page):
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)

    def start(**options):
        options = {"viewport": {"width": 1280, "height": 800}, "base_url": live_site.url} | options
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(QUICK_LINE)
        context.on("page", watch)
        contexts.append(context)
        return context

    yield start
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def page(open_context):
    """Return a page of a signed-out visitor."""
    return open_context().new_page()


@pytest.fixture
def page_without_javascript(open_context):
    return open_context(java_script_enabled=False).new_page()
