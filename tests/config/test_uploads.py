"""What strangers may make the server keep on its disk."""

import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.factories import make_campaign, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(monkeypatch, settings):
    """Return the list of names of files that were put on disk while forms were read."""
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    settings.FORM_UPLOAD_MAX_BYTES = 20_000
    names = []

    def note(name, *given):
        names.append(name)
        return real(name, *given)

    real = uploadhandler.TemporaryUploadedFile
    monkeypatch.setattr(uploadhandler, "TemporaryUploadedFile", note)
    return names


def big_file():
    return SimpleUploadedFile("big.zip", b"x" * 30_000)


def test_a_stranger_leaves_no_large_file_on_the_disk(kept):
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("login"))
    assert client.post(reverse("login"), {"file": big_file()}).status_code == 400
    assert kept == []


def test_small_files_are_read(kept):
    client = Client()
    answer = client.post(reverse("login"), {"file": SimpleUploadedFile("a.png", b"x" * 9_000)})
    assert answer.status_code == 422
    assert kept == ["a.png"]


def test_a_lead_may_send_a_larger_archive(kept, media_root):
    lead = make_user()
    client = Client()
    client.force_login(lead)
    address = reverse("imports", args=[make_campaign(lead=lead).slug])
    assert client.post(address, {"file": big_file()}).status_code == 302
    assert kept == ["big.zip"]


@pytest.mark.parametrize("path", ["/c/any/import/", "/keys/", "/c/any/judge/", "/admin/", "/"])
def test_a_form_of_nobody_is_refused_before_it_is_read(kept, path):
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    sent = {"file": SimpleUploadedFile("a.zip", b"x" * 9_000), "csrfmiddlewaretoken": "a" * 32}
    answer = client.post(path, sent)
    assert answer.status_code == 401
    assert "Sign in" in answer.content.decode()
    assert answer.wsgi_request._read_started is False
    assert kept == []


def test_the_api_refuses_nobodys_body_before_it_is_read():
    answer = Client().post("/api/v1/me/preferences/", b"x" * 9_000, content_type="application/json")
    assert answer.status_code == 401
    assert answer.wsgi_request._read_started is False
