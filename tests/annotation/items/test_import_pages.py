"""Uploading a ZIP and reading what came of it."""

import json

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.items.services.imports import import_folder
from annotation.models import ImportBatch, Item
from jobs import runner
from jobs.models import Job
from tests.annotation.items.imports.makers import two_items, write_folder, write_zip
from tests.factories import make_campaign, make_member, make_user
from tests.pages import part

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def packed(tmp_path):
    """The bytes of a ZIP in which the second item's source is empty."""
    rows, pictures = two_items()
    pictures["s1.png"] = b""
    entries = {"manifest.json": json.dumps(rows)} | pictures
    return write_zip(tmp_path / "set.zip", entries).read_bytes()


def send(client, campaign, data, name="set.zip"):
    url = reverse("imports", args=[campaign.slug])
    return client.post(url, {"file": SimpleUploadedFile(name, data)})


def shown(response):
    return [line["reason"] for line in response.context["page"]]


@pytest.mark.django_db(transaction=True)
def test_an_upload_becomes_a_job_and_its_report_shows_refusals_first(signed_in, campaign, packed):
    response = send(signed_in, campaign, packed)
    batch = ImportBatch.objects.get()
    assert response.url == reverse("import", args=[campaign.slug, batch.public_id])
    running = signed_in.get(response.url).content.decode()
    assert reverse("job-state", args=[batch.job_id]) in running
    assert signed_in.get(reverse("job-state", args=[batch.job_id])).json()["state"] == "queued"
    assert runner.run_one("default").state == "done"
    report = signed_in.get(response.url)
    assert report.context["shown"] == "refused"
    (refused,) = shown(report)
    assert "s1.png" in refused
    taken = signed_in.get(response.url, {"show": "taken"})
    assert shown(taken) == ["candidates: 2 taken"]
    item = Item.objects.get()
    assert item.campaign == campaign
    brought = signed_in.get(reverse("items", args=[campaign.slug]), {"batch": batch.public_id})
    assert list(brought.context["page"]) == [item]
    assert default_storage.listdir("uploads")[1] == []
    listed = signed_in.get(reverse("imports", args=[campaign.slug])).content.decode()
    assert "set.zip" in listed
    assert "Done" in listed


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_is_no_archive_tells_why_on_its_page(signed_in, campaign):
    url = send(signed_in, campaign, b"not a zip", name="<b>x.zip").url
    runner.run_one("default")
    shown = signed_in.get(url)
    assert "ZIP" in part(shown, ".callout.bad").text
    assert "<b>x" not in shown.text
    assert "&lt;b&gt;x.zip" in shown.text
    assert signed_in.get(reverse("imports", args=[campaign.slug])).status_code == 200


@pytest.mark.parametrize("files", [{}, {"file": SimpleUploadedFile("set.zip", b"")}])
def test_a_form_without_a_file_is_shown_again(signed_in, campaign, files):
    response = signed_in.post(reverse("imports", args=[campaign.slug]), files)
    assert response.status_code == 422
    assert "file" in response.context["form"].errors
    assert not Job.objects.exists()


def test_a_file_over_the_limit_is_refused_before_it_is_read(signed_in, campaign, packed, settings):
    settings.IMPORT_UPLOAD_MAX_BYTES = 1_000
    at_the_door = send(signed_in, campaign, bytes(200_000))
    assert at_the_door.status_code == 413
    assert "larger than 1000" in str(at_the_door.context["form"].errors).replace("\xa0", " ")
    inside = send(signed_in, campaign, packed)
    assert inside.status_code == 422
    assert "larger than" in str(inside.context["form"].errors)
    assert not ImportBatch.objects.exists()
    assert not default_storage.exists("uploads")


def test_a_closed_campaign_takes_no_upload(client, alice, packed):
    client.force_login(alice)
    closed = make_campaign(lead=alice, state="closed")
    response = send(client, closed, packed)
    assert response.status_code == 422
    assert "is closed" in str(response.context["form"].errors)
    assert not ImportBatch.objects.exists()


def test_an_upload_needs_the_forms_token(alice, campaign, packed):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert send(strict, campaign, packed).status_code == 403
    page = strict.get(reverse("imports", args=[campaign.slug]))
    token = page.context["csrf_token"]
    response = strict.post(
        reverse("imports", args=[campaign.slug]),
        {"file": SimpleUploadedFile("set.zip", packed), "csrfmiddlewaretoken": str(token)},
    )
    assert response.status_code == 302
    assert ImportBatch.objects.count() == 1


def test_nobody_but_the_lead_uploads_or_reads_reports(client, campaign, packed, tmp_path):
    batch = import_folder(campaign=campaign, path=write_folder(tmp_path / "set", *two_items()))
    other_lead = make_user()
    other = make_campaign(lead=other_lead)
    for person in (make_user(), make_member(campaign), other_lead):
        client.force_login(person)
        assert client.get(reverse("imports", args=[campaign.slug])).status_code == 404
        assert send(client, campaign, packed).status_code == 404
        for slug in (campaign.slug, other.slug):
            assert client.get(reverse("import", args=[slug, batch.public_id])).status_code == 404
    assert ImportBatch.objects.count() == 1
    client.logout()
    assert send(client, campaign, packed).status_code == 401
    assert ImportBatch.objects.count() == 1


def test_an_interrupted_import_says_so(signed_in, campaign):
    batch = ImportBatch.objects.create(campaign=campaign, filename="set")
    text = signed_in.get(reverse("import", args=[campaign.slug, batch.public_id])).content.decode()
    assert "was interrupted" in text


def test_the_list_of_imports_takes_the_same_queries_however_long(signed_in, campaign):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            assert signed_in.get(reverse("imports", args=[campaign.slug])).status_code == 200
        return len(caught)

    for n in range(2):
        ImportBatch.objects.create(campaign=campaign, filename=f"{n}.zip")
    queries()
    few = queries()
    for n in range(15):
        ImportBatch.objects.create(campaign=campaign, filename=f"{n}.zip")
    assert queries() == few
