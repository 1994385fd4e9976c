"""The reference proxy, read as text everywhere and run where nginx is installed."""

import json
import re
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories import make_assignment, make_campaign, make_member, make_queued, make_user
from tests.live import process_environment, served
from tests.proxy import CONFIGURATION, NGINX, adapted, proxy

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
PREFIX = "/stored"


def directives(text):
    """Return (depth, words) of each directive and block of a configuration."""
    text = re.sub(r"#.*", "", text)
    depth, found = 0, []
    for words, end in re.findall(r"([^;{}]*)([;{}])", text):
        if end == "}":
            depth -= 1
        else:
            found.append((depth, " ".join(words.split())))
            depth += end == "{"
    assert depth == 0
    return found


@pytest.fixture(scope="module")
def lines():
    return [words for _, words in directives(CONFIGURATION.read_text())]


def test_the_proxy_reads_requests_to_their_end_within_limits_of_time(lines):
    assert {"proxy_request_buffering on", "proxy_buffering on"} <= set(lines)
    limits = dict(line.split() for line in lines if re.fullmatch(r"client_\w+_timeout \d+s", line))
    assert limits.keys() == {"client_header_timeout", "client_body_timeout"}
    assert all(int(value[:-1]) <= 20 for value in limits.values())


def test_both_pages_that_sign_in_are_limited_and_nothing_that_only_reads(lines):
    for page in ("/login/", "/admin/login/"):
        at = lines.index(f"location = {page}")
        assert "limit_req zone=sign_in burst=20 nodelay" in lines[at : at + 4]
    assert 'default ""' in lines
    assert "POST $binary_remote_addr" in lines


def test_the_client_can_forge_neither_address_nor_scheme_nor_request_id(lines):
    for header, value in {
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
        "X-Request-ID": "$request_id",
    }.items():
        assert f"proxy_set_header {header} {value}" in lines
    # A block with such a line of its own would inherit none of these.
    inside = [words for depth, words in directives(CONFIGURATION.read_text()) if depth > 1]
    assert not [words for words in inside if words.startswith("proxy_set_header")]


def test_the_log_holds_no_query_referrer_or_cookie(lines):
    assert "error_log /dev/stderr crit" in lines
    leaks = r"\$(request\b|request_uri|args|query_string|http_\w*|cookie_)"
    assert not re.search(leaks, _log(CONFIGURATION.read_text()))


def _log(text):
    return text[text.index("log_format") : text.index("access_log")]


def test_uploads_may_be_as_large_as_the_settings_say_where_they_are_expected(lines):
    at = lines.index("location ~ ^/c/[^/]+/import/$")
    assert lines[at + 1] == "client_max_body_size 2g"
    assert settings.IMPORT_UPLOAD_MAX_BYTES == 2 * 2**30
    assert "client_max_body_size 101m" in lines
    assert settings.FORM_UPLOAD_MAX_BYTES == 101 * 2**20


@pytest.fixture
def behind(live_site, tmp_path):
    """Yield the site behind a real nginx that sends its pictures."""
    environment = process_environment(live_site.media_root)
    environment |= {"BEHIND_PROXY": "True", "MEDIA_ACCEL_PREFIX": PREFIX}
    folder = tmp_path / "proxy"
    folder.mkdir()
    with (
        served(tmp_path, live_site.media_root, environment) as site,
        proxy(site.url, folder=folder, media_root=live_site.media_root) as url,
    ):
        yield url, folder, site


def signed_in(person):
    client, session = Client(), requests.Session()
    client.force_login(person)
    session.cookies.set("sessionid", client.cookies["sessionid"].value)
    return session


@needs_nginx
def test_a_picture_that_nginx_sends_has_the_headers_of_one_that_the_site_sends(live_site, behind):
    url, _, _ = behind
    campaign = make_campaign()
    person = make_member(campaign, make_user("ann"))
    lease = make_assignment(make_queued(campaign=campaign, files=True), person, slot=1)
    path = reverse("assignment-image", args=[lease.public_id, "0", "full"])
    session = signed_in(person)
    direct = session.get(f"{live_site.url}{path}", timeout=30)
    through = session.get(f"{url}{path}", timeout=30)
    assert (direct.status_code, through.status_code) == (200, 200)
    assert direct.content == through.content
    # What a server says about itself and this one request, and the language of its pages.
    own = {"server", "date", "connection", "x-request-id", "accept-ranges", "keep-alive"}
    own |= {"content-language"}
    one, other = (
        {name.lower(): value for name, value in answer.headers.items() if name.lower() not in own}
        for answer in (direct, through)
    )
    assert not {"last-modified", "etag"} & other.keys()
    policy = "content-security-policy"
    assert "default-src 'none'" in one.pop(policy)
    assert other.pop(policy) == "default-src 'none'"
    assert one == other
    assert session.get(f"{url}{PREFIX}/originals/", timeout=30).status_code == 404
    conditional = {"If-Modified-Since": "Mon, 30 Nov 2099 00:00:00 GMT"}
    assert session.get(f"{url}{path}", headers=conditional, timeout=30).status_code == 200


@needs_nginx
def test_two_hundred_half_sent_requests_do_not_stop_the_site(behind):
    url, _, _ = behind
    host, port = urlsplit(url).hostname, urlsplit(url).port
    head = (
        f"POST /login/ HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 50000\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nCookie: csrftoken={'a' * 32}\r\n\r\n"
    )
    with ExitStack() as stack:
        for number in range(200):
            one = stack.enter_context(socket.create_connection((host, port)))
            one.sendall(b"GET /login/ HTTP/1.1\r\nHost: loc" if number % 2 else head.encode())
        begun = time.monotonic()
        assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
        assert time.monotonic() - begun < 5


@needs_nginx
def test_attempts_to_sign_in_are_refused_by_address_before_the_site_sees_them(behind):
    url, folder, site = behind
    cookies, token = {"csrftoken": "a" * 32}, {"csrfmiddlewaretoken": "a" * 32}
    sent = token | {"username": "nobody", "password": "wrong"}
    statuses = [
        requests.post(f"{url}/login/", data=sent, cookies=cookies, timeout=30).status_code
        for _ in range(30)
    ]
    assert statuses.count(429) >= 5
    assert requests.get(f"{url}/login/", timeout=30).status_code == 200
    seen = [json.loads(line) for line in (folder / "access.log").read_text().splitlines()]
    assert [line["status"] for line in seen if line["method"] == "POST"] == statuses
    assert site.log.read_text().count('"request_id"') <= 60


@needs_nginx
def test_a_request_has_one_id_in_both_logs_and_a_forged_address_is_ignored(behind):
    url, folder, site = behind
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "forged-forged"}
    secret = "hunter2-hunter2"
    answer = requests.get(f"{url}/link/?key={secret}", headers=forged, timeout=30)
    assert answer.status_code == 404
    request_id = answer.headers["X-Request-ID"]
    assert request_id != "forged-forged"
    proxied = [json.loads(line) for line in (folder / "access.log").read_text().splitlines()]
    (line,) = [one for one in proxied if one["request_id"] == request_id]
    assert (line["path"], line["status"], line["address"]) == ("/link/", 404, "127.0.0.1")
    assert request_id in site.log.read_text()
    for log in (folder / "access.log", folder / "error.log", site.log):
        assert secret not in log.read_text()


def test_the_configuration_is_adapted_for_tests_in_known_places_only():
    text = CONFIGURATION.read_text()
    made = adapted(text, "http://127.0.0.1:1", 2, CONFIGURATION.parent, CONFIGURATION.parent)
    assert "127.0.0.1:1;" in made
    assert len(made.splitlines()) <= len(text.splitlines()) + 1
