"""A password hash that the real server verifies, and that costs nothing to make."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    """The server reads the number of rounds from the hash."""

    iterations = 1
