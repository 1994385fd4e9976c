"""How passwords are stored."""

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings

from config.settings import PASSWORD_HASHERS
from tests.factories import make_user

PASSWORD = "correct-horse-9"


@pytest.fixture(autouse=True)
def hashers():
    with override_settings(PASSWORD_HASHERS=PASSWORD_HASHERS):
        yield


def test_passwords_are_stored_with_argon2id_and_a_salt_of_their_own():
    first, second = make_password(PASSWORD), make_password(PASSWORD)
    assert first.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second


@pytest.mark.django_db
def test_a_password_stored_with_pbkdf2_works_and_is_stored_anew_at_the_next_sign_in():
    person = make_user("ann")
    person.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    person.save(update_fields=["password"])
    wrong = Client().post("/login/", {"username": "ann", "password": "guess"})
    person.refresh_from_db()
    assert (wrong.status_code, person.password[:6]) == (422, "pbkdf2")
    right = Client().post("/login/", {"username": "ann", "password": PASSWORD})
    person.refresh_from_db()
    assert (right.status_code, person.password[:6]) == (302, "argon2")
