"""How many attempts to sign in are allowed: leaky buckets in PostgreSQL, read before any hashing.

An attempt is counted before its password is checked, and given back when the password is right. So
parallel attempts cannot pass together, and people who sign in from one office never fill a bucket.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from annotation.common.addresses import network_of

SALT = "annotation.people.sign_in"
#: Nothing of an attempt is left after this: every bucket has drained.
FORGOTTEN_AFTER_S = 86_400

TAKE = """
INSERT INTO annotation_signinlimit AS b (key, level, updated_at)
VALUES (%(key)s, 1, statement_timestamp())
ON CONFLICT (key) DO UPDATE
   SET level = 1 + greatest(0, b.level
         - %(rate)s * extract(epoch FROM statement_timestamp() - b.updated_at)),
       updated_at = statement_timestamp()
 WHERE greatest(0, b.level
         - %(rate)s * extract(epoch FROM statement_timestamp() - b.updated_at)) <= %(burst)s - 1
RETURNING level
"""
LEVEL = """
SELECT greatest(0, level
         - %(rate)s * extract(epoch FROM statement_timestamp() - updated_at))
  FROM annotation_signinlimit WHERE key = %(key)s
"""
GIVE_BACK = """
UPDATE annotation_signinlimit SET level = greatest(0, level - 1) WHERE key = ANY (%s)
"""
EMPTY = "DELETE FROM annotation_signinlimit WHERE key = ANY (%s)"
FORGET = """
DELETE FROM annotation_signinlimit
 WHERE updated_at < statement_timestamp() - make_interval(secs => %s)
"""


@dataclass(frozen=True)
class Bucket:
    """burst: attempts at once. every_s: seconds until one more is allowed."""

    kind: str
    burst: int
    every_s: float

    def parameters(self, subject: str) -> dict[str, str | float]:
        """Return the query parameters of the bucket of one subject."""
        key = salted_hmac(SALT, f"{self.kind} {subject}", algorithm="sha256").hexdigest()
        return {"key": key, "rate": 1 / self.every_s, "burst": self.burst}


ADDRESS = Bucket("address", burst=20, every_s=10)
ACCOUNT = Bucket("account", burst=10, every_s=60)
#: Of a browser that the account was used from before: strangers cannot fill it.
KNOWN_BROWSER = Bucket("browser", burst=10, every_s=60)

Attempt = Sequence[tuple[Bucket, str]]


def attempt_of(request: HttpRequest, *, username: str, known_browser: str | None) -> Attempt:
    """Return the buckets of an attempt. known_browser: an id, where the account was used before."""
    account = " ".join(username.split()).casefold()
    if known_browser is not None:
        by_account = (KNOWN_BROWSER, f"{known_browser} {account}")
    else:
        by_account = (ACCOUNT, account)
    return ((ADDRESS, network_of(request)), by_account)


def take(attempt: Attempt) -> float:
    """Count an attempt; return 0, or the seconds until one is allowed. Then it is not counted."""
    taken: list[str] = []
    with connection.cursor() as cursor:
        for bucket, subject in attempt:
            parameters = bucket.parameters(subject)
            cursor.execute(TAKE, parameters)
            if cursor.fetchone() is None:
                cursor.execute(LEVEL, parameters)
                (level,) = cursor.fetchone() or (0,)
                if taken:
                    cursor.execute(GIVE_BACK, [taken])
                return max(1.0, math.ceil((level - bucket.burst + 1) * bucket.every_s))
            taken.append(str(parameters["key"]))
    return 0.0


def give_back(attempt: Attempt) -> None:
    """Take an attempt out again that was no guess."""
    keys = [bucket.parameters(subject)["key"] for bucket, subject in attempt]
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [keys])


def forgive(attempt: Attempt) -> None:
    """Count the right password: the account starts anew, the address loses this attempt only."""
    (address, *account) = (bucket.parameters(subject)["key"] for bucket, subject in attempt)
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [[address]])
        cursor.execute(EMPTY, [account])
        cursor.execute(FORGET, [FORGOTTEN_AFTER_S])
