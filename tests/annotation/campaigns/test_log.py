"""The audit log: what it holds, who reads it, and that nobody edits it."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.campaigns.event_words import KINDS
from annotation.common.events import record
from annotation.models import CampaignEvent, Export, Snapshot
from tests.factories import PASSWORD, make_campaign, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db):
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def administrator(root):
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def address(campaign):
    return reverse("campaign-log", args=[campaign.slug])


def texts(answer):
    return [line.what for line in answer.context["lines"]]


def verbs(**found):
    rows = CampaignEvent.objects.filter(**found).order_by("pk")
    return list(rows.values_list("verb", "actor__username", "detail"))


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_or_remove_an_event(campaign, alice, change):
    event = record(campaign, alice, "created")
    rows = CampaignEvent.objects.filter(pk=event.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(verb="other") if change == "update" else rows.delete()
    assert rows.get().verb == "created"


def test_every_verb_belongs_to_one_kind():
    every = [verb for kind in KINDS.values() for verb in kind.sentences]
    assert len(every) == len(set(every))


def test_a_lead_finds_events_by_kind_person_and_day(page, campaign, alice, address):
    record(campaign, alice, "roles_given", user="bob", roles=["annotator"])
    record(campaign, None, "imported", file="a.zip", items=2, candidates=4)
    assert texts(page.get(address)) == [
        "imported a.zip: 2 items, 4 candidates", "made bob annotator"
    ]  # fmt: skip
    assert texts(page.get(address, {"kind": "people"})) == ["made bob annotator"]
    assert texts(page.get(address, {"person": "bob"})) == ["made bob annotator"]
    assert texts(page.get(address, {"person": "alice"})) == ["made bob annotator"]
    today = timezone.now().date()
    assert len(texts(page.get(address, {"since": today, "until": today}))) == 2
    assert texts(page.get(address, {"until": today - timedelta(days=1)})) == []


def test_an_unreadable_filter_filters_nothing(page, campaign, alice, address):
    record(campaign, alice, "created")
    hostile = {"kind": "' OR 1=1", "since": "0000-99-99", "until": "9999-12-31", "person": "\0"}
    assert texts(page.get(address, hostile)) == ["created the campaign"]


def test_a_lead_sees_neither_other_campaigns_nor_accounts(page, campaign, root, address):
    record(make_campaign(), root, "created")
    record(None, root, "password_changed")
    assert texts(page.get(address)) == []


def test_the_list_asks_the_same_for_any_number(
    page, campaign, alice, address, django_assert_num_queries
):
    for n in (1, 30):
        for _ in range(n):
            record(campaign, alice, "created")
        with django_assert_num_queries(6):
            page.get(address)


def test_the_administrator_reads_the_whole_site_with_addresses(administrator, campaign, alice):
    record(campaign, alice, "created")
    answer = administrator.get(reverse("site-log"))
    assert texts(answer) == ["created the campaign", "signed in"]
    assert campaign.name in answer.content.decode()


def test_a_lead_s_table_has_no_addresses_and_its_download_is_an_event(page, campaign, alice):
    record(campaign, alice, "created")
    answer = page.get(reverse("campaign-log", args=[campaign.slug]), {"format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["time", "campaign", "who", "event", "what", "request_id"]
    assert [row[3] for row in rows[1:]] == ["table_downloaded", "created"]
    assert rows[1][5] == answer["X-Request-ID"]


def test_the_administrator_s_table_has_addresses(administrator):
    answer = administrator.get(reverse("site-log"), {"format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0][-1] == "address"
    assert rows[1][-1] == "127.0.0.1"


def test_signing_in_wrong_right_and_out_is_recorded_with_address_and_request(db):
    make_user("bob")
    client = Client()
    for name, password in [("bob", "wrong"), ("nobody", "wrong"), ("bob", PASSWORD)]:
        client.post("/login/", {"username": name, "password": password})
    client.post("/logout/")
    assert verbs() == [
        ("sign_in_failed", None, {"user": "bob"}),
        ("signed_in", "bob", {}),
        ("signed_out", "bob", {}),
    ]
    for event in CampaignEvent.objects.all():
        assert event.address == "127.0.0.1"
        assert len(event.request_id) == 32


def test_a_changed_password_is_recorded_without_it(page):
    new = "nine-blue-herons-41"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert page.post(reverse("password_change"), fields).status_code == 302
    assert verbs(verb="password_changed") == [("password_changed", "alice", {})]


def test_a_refused_password_change_is_no_event(page):
    fields = {"old_password": "wrong", "new_password1": "a", "new_password2": "b"}
    assert page.post(reverse("password_change"), fields).status_code == 422
    assert verbs(verb="password_changed") == []


def test_accounts_made_and_changed_in_the_administration_are_recorded(administrator):
    new = "nine-blue-herons-41"
    fields = {"username": "bob", "password1": new, "password2": new, "usable_password": "true"}
    assert administrator.post(reverse("admin:annotation_user_add"), fields).status_code == 302
    bob = get_user_model().objects.get(username="bob")
    change = reverse("admin:auth_user_password_change", args=[bob.pk])
    assert administrator.post(change, fields).status_code == 302
    fields = {"username": "bob", "is_staff": "on", "preferences": "{}"}
    fields |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    edit = reverse("admin:annotation_user_change", args=[bob.pk])
    assert administrator.post(edit, fields).status_code == 302
    made, password, rights = verbs(verb__in=["account_made", "account_changed"])
    assert made == ("account_made", "root", {"user": "bob"})
    assert password[2] == {"user": "bob", "fields": ["password"]}
    assert rights[2]["user"] == "bob"
    assert {"Active", "Staff status"} <= set(rights[2]["fields"])


def test_an_export_is_recorded_when_it_is_asked_for_and_when_it_is_downloaded(
    page, campaign, media_root
):
    snapshot = Snapshot.objects.create(
        campaign=campaign, content_sha256="0" * 64, manifest_path="snapshots/manifests/0.json"
    )
    fields = {"snapshot": snapshot.pk, "format": "canonical", "target": ""}
    assert page.post(reverse("export", args=[campaign.slug]), fields).status_code == 302
    export = Export.objects.get()
    Export.objects.update(path=default_storage.save("exports/one.zip", ContentFile(b"PK")))
    download = reverse("export-download", args=[campaign.slug, export.public_id])
    for answer in (page.head(download), page.get(download)):
        assert answer.status_code == 200
        for close in answer._resource_closers:
            close()
    detail = {"format": "canonical", "snapshot": "0" * 64, "export": str(export.public_id)}
    assert verbs(campaign=campaign) == [
        ("export_requested", "alice", detail),
        ("export_downloaded", "alice", detail),
    ]
