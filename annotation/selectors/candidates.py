"""Content hashes of every candidate in use: where a reward model meets the campaign's edits."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from annotation.models import Candidate


class CandidateHashes(NamedTuple):
    """What a reward is keyed by, and the text that the model reads."""

    candidate: UUID
    source_sha256: str
    edit_sha256: str
    instruction: str
    instruction_sha256: str


def pages(campaign_public_id: UUID, *, page_size: int = 1_000) -> Iterator[list[CandidateHashes]]:
    """Yield every candidate of a campaign that is not withdrawn, in pages by row id.

    One query a page, each starting after the last row of the one before: candidates that arrive
    meanwhile come at the end, and nothing is given twice.
    """
    last = 0
    while True:
        rows = list(
            Candidate.objects.filter(
                item__campaign__public_id=campaign_public_id,
                withdrawn_at__isnull=True,
                item__withdrawn_at__isnull=True,
                pk__gt=last,
            )
            .order_by("pk")
            .values_list(
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
