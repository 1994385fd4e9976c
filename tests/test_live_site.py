"""The real web server: every address answers, no link is dead, and torch is never loaded."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from uuid import uuid4

import pytest
import requests
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import make_campaign, make_comparison, make_judgment, make_member, make_user

LINK = re.compile(r"""(?:href|src)=["']([^"'#][^"']*)["']""")
MOST_PAGES = 500
VALUES = {"slug": "no-such-campaign", "uuid": str(uuid4()), "int": "1", "str": "x", "path": "x"}


@pytest.fixture
def lead(live_site):
    """A lead who may see everything, of a campaign with judged comparisons."""
    lead = make_user("lead", is_staff=True, is_superuser=True)
    campaign = make_campaign(lead=lead)
    people = [make_member(campaign) for _ in range(2)]
    for _ in range(3):
        comparison = make_comparison(campaign=campaign, files=True)
        for person in people:
            make_judgment(comparison, person)
    return lead


@pytest.fixture
def visitor(live_site, lead):
    """Return get(address) with the lead's session."""
    client = Client()
    client.force_login(lead)
    with requests.Session() as session:
        session.cookies.set("sessionid", client.cookies["sessionid"].value)
        yield lambda address: session.get(urljoin(live_site.url, address), timeout=60)


def addresses(patterns, prefix=""):
    """Yield one address for every pattern, with values that name nothing."""
    for entry in patterns:
        route = prefix + _fill(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield route


def _fill(pattern):
    text = getattr(pattern, "_route", None)
    if text is None:  # the admin's regular expressions
        return re.sub(r"\(\?P<\w+>[^)]*\)", "x", pattern.regex.pattern).strip("^$").rstrip("\\Z")
    return re.sub(r"<(?:(\w+):)?\w+>", lambda match: VALUES[match[1] or "str"], text)


def loads_torch(pid):
    return "/torch/lib/libtorch" in Path(f"/proc/{pid}/maps").read_text()


def family(pid):
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def assert_free_of_torch(site):
    processes = family(site.pid)
    assert len(processes) > 1
    assert not [pid for pid in processes if loads_torch(pid)]


def test_no_address_fails_and_none_of_them_loads_torch(live_site, visitor):
    visited = [*addresses(get_resolver().url_patterns)]
    assert len(visited) > 50
    for address in visited:
        status = visitor(address).status_code
        assert status < 500, f"{address} answered {status}"
    assert_free_of_torch(live_site)


def test_a_process_that_imports_torch_is_recognised():
    script = "import sys, torch; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        assert loads_torch(process.pid)
        process.stdin.close()


def test_every_link_of_every_page_leads_somewhere(live_site, visitor):
    host = urlsplit(live_site.url).netloc
    waiting, seen = [(f"{live_site.url}/", "the start")], set()
    while waiting:
        address, origin = waiting.pop()
        if address in seen or "/admin/" in address or "logout" in address:
            continue
        seen.add(address)
        assert len(seen) <= MOST_PAGES
        response = visitor(address)
        assert response.status_code == 200, f"{address}, linked from {origin}"
        if "text/html" not in response.headers["Content-Type"]:
            continue
        for found in LINK.findall(response.text):
            target = urldefrag(urljoin(response.url, found.replace("&amp;", "&"))).url
            if urlsplit(target).netloc == host:
                waiting.append((target, address))
    assert len(seen) > 10
    assert_free_of_torch(live_site)
