"""How passwords are stored."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with the least parameters that OWASP's Password Storage Cheat Sheet allows.

    A hash takes one core and 19 MiB for some 60 ms. Django's 100 MiB on eight threads would take
    more from everybody else than a guess costs the one who guesses.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
