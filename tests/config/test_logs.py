"""What the web server and the workers write to stderr, read as whoever runs them would."""

import contextlib
import json
import logging
import sys
from io import StringIO

import pytest
import requests
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from annotation.models import User
from jobs import services as jobs
from tests.factories import PASSWORD, make_campaign, make_member, make_user
from tests.live import process_environment, served

SECRET = "hunter2-hunter2"


class Log:
    """The records that a process has written since this was made."""

    def __init__(self, path):
        self.path, self.begin = path, path.stat().st_size

    def text(self):
        return self.path.read_bytes()[self.begin :].decode()

    def records(self):
        return [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]

    def only(self, answer):
        """Return the one record there is of a request."""
        request_id = answer.headers["X-Request-ID"]
        (record,) = [each for each in self.records() if each["request_id"] == request_id]
        return record


@pytest.fixture
def log(live_site):
    return Log(live_site.log)


@pytest.fixture
def lead(live_site):
    return make_user("lead")


@pytest.fixture
def campaign(lead):
    return make_campaign(lead=lead, slug="shown")


def visitor(person, live_site):
    """Return a session that is signed in."""
    client, session = Client(), requests.Session()
    client.force_login(person)
    session.cookies.set("sessionid", client.cookies["sessionid"].value)
    return session


@contextlib.contextmanager
def renamed(table):
    """Let the server miss a table: every statement that names it fails."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE {table} RENAME TO "{table}_away"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{table}_away" RENAME TO {table}')


@contextlib.contextmanager
def database_away(live_site, tmp_path):
    """Yield a site of the same settings whose database nobody runs."""
    environment = process_environment(live_site.media_root)
    environment["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/nothing"
    with served(tmp_path, live_site.media_root, environment) as site:
        yield site


def test_a_failing_page_leaves_one_record_with_route_person_and_traceback(
    live_site, log, lead, campaign
):
    session = visitor(lead, live_site)
    with renamed("annotation_campaignevent"):
        answer = session.get(f"{live_site.url}/c/shown/?token={SECRET}", timeout=30)
    assert answer.status_code == 500
    record = log.only(answer)
    assert record["level"] == "ERROR"
    assert (record["method"], record["route"]) == ("GET", "c/<slug:slug>/")
    assert (record["path"], record["status"]) == ("/c/shown/", 500)
    assert record["user"] == lead.pk
    assert "annotation/campaigns/views.py" in record["traceback"]
    assert "ProgrammingError" in record["traceback"]
    assert SECRET not in log.text()
    assert session.cookies["sessionid"] not in log.text()


def test_the_page_of_a_failure_shows_the_id_to_quote(live_site, lead, campaign):
    session = visitor(lead, live_site)
    with renamed("annotation_campaignevent"):
        answer = session.get(f"{live_site.url}/c/shown/", timeout=30)
    assert answer.headers["X-Request-ID"] in answer.text


@pytest.mark.parametrize("path", ["/", "/api/v1/me/preferences/"])
def test_a_lost_database_leaves_one_record_for_each_request(live_site, tmp_path, path):
    with database_away(live_site, tmp_path) as site:
        log = Log(site.log)
        answer = requests.get(f"{site.url}{path}", cookies={"sessionid": SECRET}, timeout=30)
        assert answer.status_code in {500, 503}
        record = log.only(answer)
    assert record["status"] == answer.status_code
    assert "OperationalError" in record["traceback"]
    assert record["user"] is None
    assert SECRET not in log.text()


def test_the_health_check_says_why_it_answers_503(live_site, tmp_path):
    with database_away(live_site, tmp_path) as site:
        log = Log(site.log)
        answer = requests.get(f"{site.url}/healthz", timeout=30)
        assert answer.status_code == 503
        record = log.only(answer)
    assert record["route"] == "healthz"
    assert "127.0.0.1" in record["traceback"]


def test_a_failing_call_of_the_judging_loop_leaves_one_record(live_site, log, campaign):
    person = make_user("ann")
    make_member(campaign, person)
    key = Token.objects.create(user=person).key
    with renamed("annotation_membership"):
        answer = requests.post(
            f"{live_site.url}/api/v1/campaigns/shown/assignments/next/",
            json={"ahead": 1},
            headers={"Authorization": f"Token {key}"},
            timeout=30,
        )
    assert answer.status_code == 500
    assert answer.json()["field"] is None
    record = log.only(answer)
    assert record["request_id"] in answer.json()["detail"]
    assert record["route"] == "api/v1/campaigns/<slug:slug>/assignments/next/"
    assert record["user"] == person.pk
    assert "annotation/common/hot_path.py" in record["traceback"]
    assert key not in log.text()


def test_refusals_leave_one_record_each_without_a_stack(live_site, log, lead, campaign):
    charlie = make_user("charlie")
    session = visitor(charlie, live_site)
    url = live_site.url
    answers = [
        session.get(f"{url}/c/shown/?q={SECRET}", timeout=30),
        session.post(f"{url}/logout/", data={"note": SECRET}, timeout=30),
        requests.get(
            f"{url}/api/v1/me/preferences/",
            headers={"Authorization": f"Token {SECRET}"},
            timeout=30,
        ),
        requests.post(
            f"{url}/api/v1/campaigns/shown/assignments/next/",
            json={},
            headers={"Authorization": f"Token {SECRET}"},
            timeout=30,
        ),
        requests.get(url, headers={"Host": "elsewhere.example"}, timeout=30),
    ]
    expected = [404, 403, 401, 401, 400]
    assert [answer.status_code for answer in answers] == expected
    records = log.records()
    assert [record["status"] for record in records] == expected
    assert [record["user"] for record in records] == [charlie.pk, charlie.pk, None, None, None]
    assert [record["level"] for record in records] == ["WARNING"] * 5
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert [record["request_id"] for record in records] == ids
    assert not any("traceback" in record for record in records)
    assert SECRET not in log.text()


def test_what_is_answered_as_asked_leaves_no_line(live_site, log, lead, campaign):
    session = visitor(lead, live_site)
    for path in ("/", "/c/shown/", "/healthz", "/static/img/mark.svg", "/no/such/address/"):
        session.get(f"{live_site.url}{path}", timeout=30)
    incomplete = session.get(f"{live_site.url}/campaigns/new/", timeout=30)
    assert incomplete.status_code in {200, 404}
    assert log.records() == []


def test_what_a_lead_does_leaves_one_line_with_campaign_person_and_request(
    live_site, log, lead, campaign
):
    answer = visitor(lead, live_site).get(f"{live_site.url}/c/shown/log/?format=csv", timeout=30)
    record = log.only(answer)
    assert (record["event"], record["campaign"]) == ("table_downloaded", "shown")
    assert (record["user"], record["address"]) == (lead.pk, "127.0.0.1")


def test_signing_in_and_out_is_written_down_by_account(live_site, log, lead):
    url, session = f"{live_site.url}/login/", requests.Session()

    def send(**fields):
        token = (
            session.get(url, timeout=30).cookies.get("csrftoken") or session.cookies["csrftoken"]
        )
        fields["csrfmiddlewaretoken"] = token
        return session.post(url, data=fields, headers={"Referer": url}, timeout=30)

    assert send(username="lead", password=SECRET).status_code == 422
    assert send(username=SECRET, password="lead").status_code == 422
    assert send(username="lead", password=PASSWORD).status_code == 200
    token = session.cookies["csrftoken"]
    session.post(f"{live_site.url}/logout/", data={"csrfmiddlewaretoken": token}, timeout=30)
    records = log.records()
    assert [(record["event"], record["user"]) for record in records] == [
        ("sign_in_failed", lead.pk),
        ("sign_in_failed", None),
        ("signed_in", lead.pk),
        ("signed_out", lead.pk),
    ]
    assert all(record["request_id"] for record in records)
    for secret in (SECRET, PASSWORD, token):
        assert secret not in log.text()


def test_the_admin_s_own_sign_in_is_written_down_too(live_site, log):
    root = make_user("root", is_staff=True, is_superuser=True)
    url, session = f"{live_site.url}{reverse('admin:login')}", requests.Session()
    token = session.get(url, timeout=30).cookies["csrftoken"]
    fields = {"username": "root", "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = session.post(
        url, data=fields, headers={"Referer": url}, allow_redirects=False, timeout=30
    )
    record = log.only(answer)
    assert (record["event"], record["user"]) == ("signed_in", root.pk)


def test_a_row_that_the_database_quotes_stays_out_of_the_log(db, monkeypatch):
    written = StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    make_user(SECRET)
    with pytest.raises(IntegrityError) as failure, transaction.atomic():
        User.objects.create(username=SECRET)
    assert SECRET in str(failure.value)
    logging.getLogger("editjury").error("failed", exc_info=failure.value)
    record = json.loads(written.getvalue())
    assert "IntegrityError" in record["traceback"]
    assert SECRET not in written.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_job_that_breaks_leaves_its_id_and_traceback_in_the_workers_log(start_worker, media_root):
    campaign = make_campaign()
    job = jobs.enqueue(
        "annotation.export", payload={"export": 0}, subject=campaign.public_id, max_attempts=1
    )
    worker = start_worker("default")
    while not job.is_finished:
        job.refresh_from_db()
    records = [json.loads(line) for line in worker.log.read_text().splitlines() if line[:1] == "{"]
    (record,) = [record for record in records if record["level"] == "ERROR"]
    assert (record["job"], record["kind"]) == (str(job.public_id), "annotation.export")
    assert "annotation/snapshots/export_jobs.py" in record["traceback"]
