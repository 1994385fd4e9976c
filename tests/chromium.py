"""A real Chromium, one for all tests of a process: Playwright refuses a second one beside it."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

#: Only what never appears is waited for so long, however busy the machine is.
PATIENCE_MS = 60_000
START = Path(__file__).parent / "browser" / "chromium.sh"
NAMES = ("chromium", "google-chrome", "chromium-browser", "/usr/bin/chromium")
HOW = (
    "no Chromium found: `apt-get install --no-install-recommends chromium` as root, "
    "or set CHROMIUM to its path"
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium():
    """Return the path of a Chromium, or None."""
    if given := os.environ.get("CHROMIUM"):
        return shutil.which(given)
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser():
    """Return the running Chromium; skip without one, but fail where CI promises one."""
    path = find_chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(HOW)
    # Playwright's loop runs in this thread, and Django would refuse every query beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # A busy machine is no fault of the page.
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        environment = os.environ | {"CHROMIUM_FOUND": path}
        chromium = playwright.chromium.launch(executable_path=START, args=[*FLAGS], env=environment)
        yield chromium
        chromium.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")


@pytest.fixture
def sign_in(live_site):
    """Return sign_in(page, user): give the page's browser a session of that user."""
    from django.test import Client

    def give(page, user):
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        page.context.add_cookies(
            [{"name": "sessionid", "value": cookie.value, "url": live_site.url}]
        )
        return page

    return give
