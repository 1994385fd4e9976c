from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection

from config.redis_reach import redis_answers


def test_health_is_green_when_both_servers_answer(client, db):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "redis": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_a_lost_redis_is_reported_but_the_site_stays_in_service(client, db, settings, tmp_path):
    settings.REDIS_URL = f"redis+socket://{tmp_path}/nobody.sock"
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "redis": "unreachable"}


def test_a_lost_database_takes_the_site_out_of_service(client, db, monkeypatch):
    def refuse():
        raise OperationalError

    with monkeypatch.context() as lost:
        lost.setattr(connection, "cursor", refuse)
        response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"


def test_health_is_asked_over_plain_http_even_where_pages_need_https(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert urlsplit(client.get("/admin/")["Location"]).scheme == "https"


@pytest.mark.parametrize("ending", ["", "?virtual_host=3"])
def test_both_forms_of_a_socket_address_are_understood(settings, ending):
    address = settings.REDIS_URL.split("?")[0] + ending
    if not address.startswith("redis+socket://"):
        pytest.skip("these tests were given a Redis on TCP")
    assert redis_answers(address)


def test_a_redis_port_where_nobody_listens_counts_as_lost():
    assert not redis_answers("redis://127.0.0.1:1/0")
