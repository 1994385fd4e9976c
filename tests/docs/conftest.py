"""The browser of the pages' tests, for the pictures of the documents."""

from tests.browser.conftest import browser, sign_in

__all__ = ["browser", "sign_in"]
