"""Every answer carries an id to quote."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "behind_proxy", "kept"),
    [
        ("abc-123_DEF.4:5", True, True),
        ("abc-123_DEF.4:5", False, False),
        ("short", True, False),
        ("x" * 129, True, False),
        ('quote" and space', True, False),
    ],
)
def test_a_request_id_is_taken_from_a_trusted_proxy_alone(
    client, settings, given, behind_proxy, kept
):
    settings.BEHIND_PROXY = behind_proxy
    answer = client.get("/login/", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is kept
    assert len(answer["X-Request-ID"]) >= 8
