"""The browser of the pages' tests, for the pictures of the documents."""

from tests.browser.conftest import browser

__all__ = ["browser"]
