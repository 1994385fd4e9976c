"""Content hashes of every candidate in use: the input of reward models."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from annotation.models import Candidate


class CandidateHashes(NamedTuple):
    """The hashes that identify a reward, and the instruction text."""

    candidate: UUID
    source_sha256: str
    edit_sha256: str
    instruction: str
    instruction_sha256: str


def ranges(campaign_public_id: UUID, *, size: int) -> Iterator[tuple[int, int]]:
    """Yield row id ranges (after, until] that hold `size` candidates each, the last one fewer.

    One query a range, which reads nothing but the ids of that range.
    """
    after = 0
    while True:
        ids = list(_in_use(campaign_public_id, after).values_list("pk", flat=True)[:size])
        if not ids:
            return
        yield after, ids[-1]
        after = ids[-1]


def pages(
    campaign_public_id: UUID,
    *,
    page_size: int = 1_000,
    after: int = 0,
    until: int | None = None,
) -> Iterator[list[CandidateHashes]]:
    """Yield every candidate of a campaign that is not withdrawn, in pages by row id.

    after, until: only rows in this range.
    One query per page, starting after the last row of the page before. Candidates that are added
    meanwhile come at the end, and no candidate is repeated.
    """
    last = after
    while True:
        wanted = _in_use(campaign_public_id, last)
        if until is not None:
            wanted = wanted.filter(pk__lte=until)
        rows = list(
            wanted.values_list(
                "pk",
                "public_id",
                "item__source__sha256",
                "image__sha256",
                "item__instruction",
                "item__instruction_sha256",
            )[:page_size]
        )
        if not rows:
            return
        last = rows[-1][0]
        yield [CandidateHashes(*row[1:]) for row in rows]
        if last == until:
            return


def _in_use(campaign_public_id: UUID, after: int) -> QuerySet[Candidate]:
    return Candidate.objects.filter(
        item__campaign__public_id=campaign_public_id,
        withdrawn_at__isnull=True,
        item__withdrawn_at__isnull=True,
        pk__gt=after,
    ).order_by("pk")
