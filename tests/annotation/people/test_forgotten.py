"""A link for a new password by e-mail, sent to a real server."""

import re
import socketserver
import threading

import pytest
from django.test import Client

from annotation.models import AccountLink, CampaignEvent
from annotation.people.forgotten import JOB_KIND
from config.mail import mail_settings
from jobs.models import Job
from jobs.runner import run_one
from tests.factories import PASSWORD, make_user

NEW_PASSWORD = "nine-blue-herons-41"
PATH = "/password/forgotten/"


class _Mail(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.letters.append(b"".join(lines).decode())
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def letters(settings):
    """Return the letters that a mail server of this test has got."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.letters = []
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings.EMAIL_URL = f"smtp://127.0.0.1:{server.server_address[1]}"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        for name, value in mail_settings(settings.EMAIL_URL).items():
            setattr(settings, name, value)
        yield server.letters
        server.shutdown()
        thread.join()


@pytest.fixture
def bob(transactional_db):
    return make_user("bob", email="bob@example.org")


@pytest.mark.parametrize("name", ["bob", "Bob@Example.org"])
def test_a_person_sets_a_new_password_by_a_link_in_a_letter(bob, letters, name):
    assert Client().post(PATH, {"name": name}).status_code == 200
    job = Job.objects.get()
    assert job.payload == {"user": bob.pk, "page": "http://testserver/link/"}
    assert run_one("default") is not None
    (letter,) = letters
    assert "bob@example.org" in letter
    link = re.search(r"http://testserver(/link/\?key=\S+)", letter)[1]
    fields = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert Client().post(link, fields).url == "/login/"
    bob.refresh_from_db()
    assert bob.check_password(NEW_PASSWORD)
    assert CampaignEvent.objects.filter(verb="reset_requested").count() == 1


def test_the_answer_never_tells_whether_there_is_an_account(bob, letters):
    make_user("charlie")
    make_user("gone", email="gone@example.org", is_active=False)
    answers = {
        re.sub(r'value="[^"]*"', "", Client().post(PATH, {"name": name}).content.decode())
        for name in ("bob", "charlie", "gone", "nobody", "b\0b", "")
    }
    assert len(answers) == 1
    assert Job.objects.filter(kind=JOB_KIND).count() == 1


def test_letters_are_limited_and_an_old_password_stays(bob, letters):
    statuses = [Client().post(PATH, {"name": "bob"}).status_code for _ in range(15)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    n_jobs = Job.objects.count()
    assert n_jobs == statuses.count(200)
    assert Client().post(PATH, {"name": "bob"}).status_code == 429
    assert Job.objects.count() == n_jobs
    assert not AccountLink.objects.exists()
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


@pytest.mark.django_db
def test_without_a_mail_server_there_is_no_such_page():
    assert Client().get(PATH).status_code == 404
    assert "Forgot" not in Client().get("/login/").content.decode()


def test_the_address_of_the_mail_server_is_read():
    read = mail_settings("smtp+tls://me%40x:p%3Aw@mail.example.org")
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"]) == ("mail.example.org", 587)
    assert (read["EMAIL_HOST_USER"], read["EMAIL_HOST_PASSWORD"]) == ("me@x", "p:w")
    assert (read["EMAIL_USE_TLS"], read["EMAIL_USE_SSL"]) == (True, False)
    assert mail_settings("smtps://mail.example.org")["EMAIL_USE_SSL"] is True
    assert mail_settings("") == {}
