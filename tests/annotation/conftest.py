"""Who leads, the campaign, and the browser that most page tests begin with.

The factories are imported late: this file loads before the settings can.
"""

import pytest
from django.test import Client


@pytest.fixture
def alice(db):
    """Return an account that leads `campaign`."""
    from tests.factories import make_user

    return make_user("alice")


@pytest.fixture
def campaign(alice):
    """Return an open campaign without items, led by alice."""
    from tests.factories import make_campaign

    return make_campaign(lead=alice)


@pytest.fixture
def page(alice):
    """Return a browser without JavaScript, signed in as alice."""
    client = Client()
    client.force_login(alice)
    return client
